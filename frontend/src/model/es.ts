// Every word that a page says, in Spanish. Whoever is spoken to is "usted".
import type { Words } from './words.ts';

const state: Words['state'] = {
  idle: 'Sin llamada',
  preparing: 'Preparando…',
  waiting: 'Esperando a la otra persona',
  connecting: 'Conectando…',
  connected: 'Conectado',
  reconnecting: 'Se cortó. Reconectando…',
  ended: 'La llamada ha terminado',
  failed: 'La llamada no ha funcionado',
};

const reason: Words['reason'] = {
  hung_up: {
    what: 'Usted ha colgado.',
    next: 'Cree otra sala o únase a una cuando quiera.',
  },
  other_hung_up: {
    what: 'La otra persona ha colgado.',
    next: 'Para volver a hablar, cree otra sala o pídale una invitación nueva.',
  },
  other_lost: {
    what: 'Se ha perdido la conexión con la otra persona.',
    next: 'Revise su red; después, cree otra sala o pídale una invitación nueva.',
  },
};

const code: Words['code'] = {
  bad_room_id: {
    what: 'Eso no es un identificador de sala.',
    next: 'Tiene este aspecto: 4fk2-9xqa-07mz. Compruebe si hay algún error al escribirlo.',
  },
  bad_invite: {
    what: 'El enlace de invitación no está completo.',
    next: 'Vuelva a copiarlo entero, hasta el último carácter.',
  },
  bad_code: {
    what: 'El código de llamada no está completo.',
    next: 'Vuelva a copiarlo entero o escanee su código QR.',
  },
  need_link: {
    what: 'En la red local no basta con el identificador de la sala.',
    next: 'Pida a la otra persona el enlace de invitación entero y péguelo aquí.',
  },
  room_not_found: {
    what: 'Esa sala no existe.',
    next: 'Revise el identificador o pida una invitación nueva: la sala desaparece cuando termina su llamada.',
  },
  room_full: {
    what: 'Ya hay dos personas en esta sala.',
    next: 'Una llamada es para dos. Pida a la otra persona que cree una sala para usted.',
  },
  room_expired: {
    what: 'Esta invitación ha caducado.',
    next: 'Pida una nueva a la otra persona.',
  },
  own_room: {
    what: 'Esta sala es la suya.',
    next: 'Envíe la invitación a la persona con quien quiere hablar y espérela aquí.',
  },
  room_closed: {
    what: 'La sala se ha cerrado.',
    next: 'Cree otra sala o pida una invitación nueva.',
  },
  unreachable: {
    what: 'No se puede llegar al punto de encuentro.',
    next: 'Compruebe que tiene conexión; en una red local, que está en la misma que el ordenador que envió la invitación y que Parley sigue abierto allí. Después, inténtelo de nuevo.',
  },
  no_server: {
    what: 'Parley no ha podido abrir su sala a la red.',
    next: 'Quizá otro programa usa su puerto, o no se puede escribir en su carpeta. Reinicie Parley o mire los ajustes con «parley config».',
  },
  untrusted: {
    what: 'Ha respondido un ordenador distinto al de la invitación.',
    next: 'Por su seguridad no se ha enviado nada. Pida a la otra persona un enlace de invitación nuevo.',
  },
  refused: {
    what: 'El servidor de la sala ha rechazado la petición.',
    next: 'Recargue o reinicie Parley para que ambos tengan una versión actual e inténtelo de nuevo.',
  },
  too_many: {
    what: 'Demasiados intentos en poco tiempo.',
    next: 'Espere un minuto e inténtelo de nuevo.',
  },
  no_offer: {
    what: 'El dispositivo de la otra persona no ha respondido.',
    next: 'Pídale que deje la llamada abierta en su lado o que cree otra sala.',
  },
  bad_description: {
    what: 'La aplicación de la otra persona ha enviado algo que Parley no entiende.',
    next: 'Pídale que actualice su aplicación o su navegador e inténtelo de nuevo.',
  },
  no_connection: {
    what: 'No se ha encontrado ninguna conexión entre ustedes dos.',
    next: 'Quizá la impida un cortafuegos. Pruebe con otra red, por ejemplo la misma wifi.',
  },
  no_camera: {
    what: 'No se ha encontrado ninguna cámara.',
    next: 'Puede hablar sin ella. Para que le vean, conecte una y vuelva a encender la cámara.',
  },
  camera_busy: {
    what: 'Otro programa está usando la cámara.',
    next: 'Ciérrelo y vuelva a encender la cámara.',
  },
  camera_refused: {
    what: 'Parley no tiene permiso para usar la cámara.',
    next: 'Permítalo en los ajustes de privacidad del navegador o del sistema y vuelva a encender la cámara.',
  },
  no_microphone: {
    what: 'No se ha encontrado ningún micrófono.',
    next: 'La otra persona no puede oírle. Conecte uno y vuelva a activarlo.',
  },
  microphone_busy: {
    what: 'Otro programa está usando el micrófono.',
    next: 'Ciérrelo y vuelva a activar el micrófono.',
  },
  microphone_refused: {
    what: 'Parley no tiene permiso para usar el micrófono.',
    next: 'Permítalo en los ajustes de privacidad del navegador o del sistema y vuelva a activar el micrófono.',
  },
  no_speaker: {
    what: 'No se ha encontrado ningún altavoz.',
    next: 'No oirá a la otra persona. Conecte unos altavoces o auriculares.',
  },
  bad_device: {
    what: 'El dispositivo elegido no se puede usar.',
    next: 'Elija otro o el que indique el sistema.',
  },
  in_call: {
    what: 'Ya hay una llamada en curso.',
    next: 'Cuelgue primero e inténtelo de nuevo.',
  },
  not_in_call: {
    what: 'En este momento no hay ninguna llamada.',
    next: 'Primero cree una sala o únase a una.',
  },
  internal: {
    what: 'Algo ha fallado dentro de Parley.',
    next: 'Inténtelo de nuevo. Si se repite, reinicie Parley.',
  },
};

const label: Words['label'] = {
  app: 'Parley',
  createRoom: 'Crear sala',
  join: 'Unirse',
  joinField: 'Identificador, enlace de invitación o código de llamada',
  joinExample: '4fk2-9xqa-07mz',
  dismiss: 'Descartar',

  previewStarting: 'Encendiendo la cámara…',
  devices: 'Dispositivos',
  camera: 'Cámara',
  microphone: 'Micrófono',
  speaker: 'Altavoz',
  systemDefault: 'El del sistema',
  noCamera: 'Sin cámara',
  noMicrophone: 'Sin micrófono',
  noSpeaker: 'Sin altavoz',

  call: 'Llamada',
  you: 'Usted',
  otherPerson: 'Otra persona',
  cameraOff: 'La cámara está apagada',
  noPicture: 'Esperando la imagen…',
  muted: 'Sin sonido',
  paused: 'En pausa',
  oursPaused: {
    what: 'Su imagen está en pausa: la conexión es demasiado débil.',
    next: 'El sonido continúa.',
  },
  theirsPaused:
    'La imagen de la otra persona está en pausa: la conexión es demasiado débil. El sonido continúa.',
  trust: 'Comparar palabras de seguridad',
  trusted: 'Palabras de seguridad comparadas',
  trustIntro:
    'Léanse estas palabras en voz alta. Si son las mismas en ambos lados, nadie está escuchando.',
  trustDiffer:
    'Si son distintas, puede que alguien escuche. Cuelgue y envíe la próxima invitación por otra vía.',
  trustNone:
    'La aplicación de la otra persona no muestra palabras. No se puede saber si alguien escucha.',
  same: 'Son las mismas',
  notSame: 'No se han comparado',
  swapped: {
    what: 'Alguien ha intentado ocupar el lugar de la otra persona.',
    next: 'Parley lo ha rechazado. Vuelva a comparar las palabras de seguridad.',
  },
  controls: 'Controles de la llamada',
  mute: 'Silenciar el micrófono',
  unmute: 'Activar el micrófono',
  cameraTurnOff: 'Apagar la cámara',
  cameraTurnOn: 'Encender la cámara',
  switchCamera: 'Cambiar de cámara',
  hangUp: 'Colgar',
  tapToHear: 'Activar el sonido',
  stillAway: 'La otra persona sigue sin volver',
  stillAwayWhy:
    'Parley lleva medio minuto buscándola. Si solo se ha quedado sin cobertura un momento, volverá por sí sola.',
  keepTrying: 'Seguir intentando',

  invite: 'Invitar a alguien',
  inviteIntro:
    'Escanee el código con un teléfono en la misma red o envíe el enlace. Si el navegador muestra una advertencia, elija «Configuración avanzada» y continúe.',
  inviteIntroAnywhere:
    'Envíe el enlace o deje que la otra persona escanee el código. Solo necesita un navegador.',
  inviteIntroId: 'Envíe este identificador a la persona con quien quiere hablar.',
  showInvite: 'Mostrar invitación',
  roomId: 'Identificador de la sala',
  copyRoomId: 'Copiar identificador de la sala',
  copyInvite: 'Copiar enlace',
  shareInvite: 'Compartir enlace',
  copied: 'Copiado',
  qr: 'Código QR del enlace de invitación',

  open: 'Abrir Parley',
  quit: 'Salir',
  quitInCall: '¿Colgar y salir?',
  quitInCallWhy: 'Hay una llamada en curso. Si Parley se cierra, terminará para ambos.',
  quitNow: 'Colgar y salir',
  stayInCall: 'Seguir en la llamada',
  joined: 'La otra persona ha llegado.',
  startAtLogin: 'Abrir Parley al iniciar sesión',
  rejoin: 'Volver a la llamada',
  rejoinOffer: {
    what: 'Parley se detuvo en mitad de una llamada.',
    next: 'Si la otra persona sigue ahí, puede volver con ella.',
  },

  keys: 'Atajos de teclado',
  keySpace: 'Espacio',
  keyMicrophone: 'Silenciar o activar el micrófono',
  keyCamera: 'Encender o apagar la cámara',
  keyTalk: 'Hablar con el micrófono silenciado mientras se mantiene pulsada',
  keyFullScreen: 'Pantalla completa, sí o no',
  keyEscape: 'Cerrar lo que esté abierto o salir de pantalla completa',

  openDownload: 'Abrir la página de descarga',
  createByHand: 'Llamar sin servidor',
  byHand: 'Intercambiar los códigos',
  byHandIntro:
    'Deje que la otra persona escanee este código en su Parley o envíeselo como texto. Después escanee o pegue el código que ella obtenga. Vale durante 10 minutos.',
  byHandBack:
    'Falta un paso: deje que la otra persona escanee este código o envíeselo como texto. La llamada empezará sola.',
  qrCode: 'Código QR del código de llamada',
  copyCode: 'Copiar código',
  theirCode: 'Código del otro lado',
  theirCodeExample: 'PARLEY:…',
  enterCode: 'Conectar',
  scan: 'Escanear con la cámara',
  scanning: 'Ponga el código QR de la otra persona ante la cámara.',
  close: 'Cerrar',

  details: 'Detalles de la llamada',
  sending: 'Enviando',
  receiving: 'Recibiendo',
  target: 'La red admite',
  jitter: 'Fluctuación',
  freezes: 'Congelaciones',
  soundDelay: 'Sonido retenido',
  quality: { good: 'Buena conexión', fair: 'Conexión débil', poor: 'Mala conexión' },
  roundTrip: 'Ida y vuelta',
  path: 'Camino',
  direct: 'Directo',
  relay: 'Por un relé',
  lost: 'Paquetes perdidos',
  dataSaver: 'Ahorro de datos',
  dataSaverWhy: 'Como mucho 300 kbit/s en cada sentido',

  phoneTitle: 'Unirse a la llamada',
  phoneTitleAlone: 'Unirse a una llamada',
  phoneWhy:
    'La otra persona quiere verle y oírle; por eso el navegador pedirá la cámara y el micrófono. Solo se usan mientras dura la llamada.',
  phoneOr: 'o haga la suya',

  badSettings: 'Esta página no está configurada',
  badSettingsWhat: (why) => `Sus ajustes de Firebase no se pueden usar: ${why}.`,
  badSettingsNext: 'Quien administra este sitio puede corregirlos con «make firebase-site».',

  unsupported: 'Parley no puede mostrar vídeo aquí',
  noWebRTC:
    'Este navegador no puede hacer videollamadas, o la dirección de la página no empieza por https://.',
  noWebRTCNext:
    'Abra el enlace en una versión actual de Chrome, Edge, Firefox o Safari (iOS 16.4 o posterior).',
};

const desktop: Words['desktop'] = {
  home: 'Hacer una llamada',
  homeIntro: 'Cree una sala y envíe la invitación. La otra persona solo necesita un navegador.',
  or: 'o unirse a una',
  preview: 'Vista previa de la cámara',
  startPreview: 'Vista previa',
  stopPreview: 'Detener',
  previewIntro: 'Mírese antes de la llamada. Nadie más puede verle.',
  doctor: 'Comprobar antes de la llamada',
  examine: 'Comprobar dispositivos y red',
  examining: 'Comprobando… tarda hasta diez segundos.',
  examined: 'Eso es todo.',
  examineAgain: 'Comprobar de nuevo',
  level: { ok: 'Funciona:', warning: 'Aviso:', problem: 'Problema:', skipped: 'Sin comprobar:' },
  noWebCodecs:
    'Esta vista web no puede decodificar vídeo (no tiene WebCodecs). Parley necesita WebKitGTK 2.50, macOS 13.3 o WebView2 94, o algo más nuevo.',
  noDecoders: (codecs) =>
    `Esta vista web no puede decodificar ${codecs}. En Linux, instale los paquetes gstreamer1.0-plugins-good y gstreamer1.0-libav.`,
  outside: 'Esta página va dentro de la ventana de Parley',
  outsideNext: 'Abra Parley en su ordenador, o el enlace de invitación que le enviaron.',
  webviewNext: 'Actualice su sistema y vuelva a abrir Parley.',
};

const newer: Words['newer'] = (version) => ({
  what: `Ya está disponible Parley ${version}.`,
  next: 'Descárguelo cuando le venga bien; esta versión sigue funcionando.',
});

export const words: Words = { tag: 'es', dir: 'ltr', state, reason, code, label, newer, desktop };
