// Every word that a page says, in Spanish. Whoever is spoken to is "usted".
import { panels } from './panels/es.ts';
import type { Words } from './words.ts';

const state: Words['state'] = {
  idle: 'Sin llamada',
  preparing: 'Preparando…',
  waiting: 'Esperando a la otra persona',
  connecting: 'Conectando…',
  knocking: 'Sala de espera',
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
  declined: {
    what: 'No ha dejado entrar a la otra persona.',
    next: 'La sala está cerrada. Cree otra para esperar a alguien más.',
  },
  other_declined: {
    what: 'La otra persona no le ha dejado entrar.',
    next: 'Si le esperaba, pídale una invitación nueva.',
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
    next: 'Compruebe que tiene conexión; en una red local, que está en la misma que el equipo que envió la invitación y que Parley sigue abierto allí. Después, inténtelo de nuevo.',
  },
  no_server: {
    what: 'Parley no ha podido abrir su sala a la red.',
    next: 'Quizá otro programa usa su puerto, o no se puede escribir en su carpeta. Reinicie Parley o mire los ajustes con «parley config».',
  },
  untrusted: {
    what: 'Ha respondido un equipo distinto al de la invitación.',
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
    next: 'La otra persona no puede oírle. Conecte uno y active el micrófono.',
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

  call: 'Llamada',
  you: 'Usted',
  otherPerson: 'Otra persona',
  cameraOff: 'La cámara está apagada',
  slow: 'Tarda más de lo normal. Se sigue intentando…',
  noPicture: 'Esperando la imagen…',
  muted: 'Silenciado',
  paused: 'En pausa',
  oursPaused: {
    what: 'Su imagen está en pausa: la conexión es demasiado débil.',
    next: 'El sonido continúa.',
  },
  theirsPaused:
    'La imagen de la otra persona está en pausa: la conexión es demasiado débil. El sonido continúa.',
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
  showInvite: 'Mostrar invitación',
  copyRoomId: 'Copiar identificador de la sala',
  copyInvite: 'Copiar enlace',
  copied: 'Copiado',

  createByHand: 'Llamar sin servidor',
  byHand: 'Intercambiar los códigos',
  scan: 'Escanear con la cámara',
  scanning: 'Ponga el código QR de la otra persona ante la cámara.',
  close: 'Cerrar',

  details: 'Detalles de la llamada',
  quality: { good: 'Buena conexión', fair: 'Conexión débil', poor: 'Mala conexión' },

  phoneTitle: 'Unirse a la llamada',
  phoneTitleAlone: 'Unirse a una llamada',
  phoneWhy:
    'La otra persona quiere verle y oírle; por eso el navegador pedirá la cámara y el micrófono. Solo se usan mientras dura la llamada.',
  phoneReady: 'Nadie le ve ni le oye hasta que se una.',
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
  settings: {
    title: 'Ajustes',
    rooms: 'Cómo se encuentran los dos',
    lan: 'En la red local',
    lanWhy:
      'Este equipo es el servidor y no hace falta nada más. La otra persona está en la misma red.',
    firestore: 'Por internet',
    firestoreWhy:
      'Necesita un proyecto de Firebase propio: su ID y la clave de API de una aplicación web del proyecto.',
    manual: 'A mano, con códigos',
    manualWhy:
      'No necesita ningún servidor: cada uno envía un código al otro, como texto o como imagen.',
    project: 'ID del proyecto',
    apiKey: 'Clave de API',
    useProject: 'Usar este proyecto',
    relay: 'Relé en la red local',
    relayWhy: 'Ayuda donde la red bloquea el camino directo entre los dos.',
    picture: 'Tamaño de su imagen',
    saver: 'Empezar las llamadas con ahorro de datos',
    saverWhy: 'Imagen de 300 kbit/s como máximo en cada sentido.',
    updates: 'Buscar actualizaciones',
    updatesWhy: 'Una vez al día como máximo, y nunca durante una llamada.',
    login: 'Iniciar al abrir la sesión',
    loginWhy: 'Parley se inicia entonces en segundo plano, como icono junto al reloj.',
    others: 'Todos los demás ajustes',
    othersWhy: 'Se cambian en el archivo de configuración o con la orden parley config set.',
    byDefault: 'Predeterminado',
    inFile: (line) => `Archivo de configuración, línea ${line}`,
    byVariable: (name) => `Variable ${name}`,
    byFlag: (name) => `Opción ${name}`,
    fixed: (place) => `No se puede cambiar aquí, porque está fijado en otro lugar: ${place}`,
    restart: 'Se aplica la próxima vez que se inicie Parley.',
    refused: 'Esto no se ha guardado:',
    file: (path) => `El archivo de configuración es ${path}`,
  },
  invited: {
    title: 'Un enlace le invita a una llamada.',
    why: 'Si se une, la otra persona le verá y le oirá.',
  },
  crash: {
    title: 'Parley se cerró durante una llamada.',
    callee: 'Podrá volver en cuanto la otra persona haya abierto la sala de nuevo.',
    reopen:
      'Al volver se abre la sala de nuevo. La invitación que envió sigue siendo válida: la otra persona la abre otra vez.',
    create: 'La sala se cerró con él. Cree una nueva y envíe su invitación.',
    lost: 'Si abre la sala de nuevo, la invitación que envió sigue siendo válida.',
    rejoin: 'Volver a la llamada',
    again: 'Abrir la sala de nuevo',
  },
  keys: 'Atajos de teclado',
  keySpace: 'Espacio',
  keyMicrophone: 'Silenciar o activar el micrófono',
  keyCamera: 'Encender o apagar la cámara',
  keyTalk: 'Hablar con el micrófono silenciado mientras se mantiene pulsada',
  keyFullScreen: 'Activar o quitar la pantalla completa',
  keyEscape: 'Cerrar lo que esté abierto o salir de pantalla completa',
  open: 'Abrir Parley',
  quit: 'Salir',
  quitInCall: '¿Colgar y salir?',
  quitInCallWhy: 'Hay una llamada en curso. Si Parley se cierra, terminará para ambos.',
  quitNow: 'Colgar y salir',
  stayInCall: 'Seguir en la llamada',
  joined: 'La otra persona ha llegado.',
  knocks: 'Alguien llama a la puerta.',
  home: 'Hacer una llamada',
  homeIntro: 'Cree una sala y envíe la invitación. La otra persona solo necesita un navegador.',
  or: 'o unirse a una',
  preview: 'Vista previa de la cámara',
  startPreview: 'Vista previa',
  stopPreview: 'Detener',
  previewIntro: 'Mírese antes de la llamada. Nadie más puede verle.',
  newer: (version) => ({
    what: `Ya está disponible Parley ${version}.`,
    next: 'Descárguelo cuando le venga bien; esta versión sigue funcionando.',
  }),
  openDownload: 'Abrir la página de descarga',
  doctor: 'Comprobar antes de la llamada',
  examine: 'Comprobar dispositivos y red',
  examining: 'Comprobando… tarda hasta diez segundos.',
  examined: 'Comprobación terminada.',
  examineAgain: 'Comprobar de nuevo',
  level: { ok: 'Funciona:', warning: 'Aviso:', problem: 'Problema:', skipped: 'Sin comprobar:' },
  noWebCodecs:
    'Esta vista web no puede decodificar vídeo (no tiene WebCodecs). Parley necesita WebKitGTK 2.50, macOS 13.3 o WebView2 94, o algo más nuevo.',
  noDecoders: (codecs) =>
    `Esta vista web no puede decodificar ${codecs}. En Linux, instale los paquetes gstreamer1.0-plugins-good y gstreamer1.0-libav.`,
  outside: 'Esta página va dentro de la ventana de Parley',
  outsideNext: 'Abra Parley en su equipo, o el enlace de invitación que le enviaron.',
  webviewNext: 'Actualice su sistema y vuelva a abrir Parley.',
};

const findings: Words['findings'] = {
  'camera works': { what: 'La cámara funciona.' },
  'microphone works': { what: 'El micrófono oye algo.' },
  'speaker works': {
    what: 'El altavoz ha tocado dos notas.',
    next: 'Si no las ha oído, suba el volumen, mire su enchufe y su interruptor, o elija otro.',
  },
  'firewall works': {
    what: 'El cortafuegos de este equipo deja pasar UDP, hasta donde se puede probar desde aquí.',
  },
  heard: { what: 'El altavoz ha tocado dos notas y el micrófono las ha oído.' },
  stalled: {
    what: 'El altavoz está abierto y no toma el sonido.',
    next: 'Desconéctelo y vuelva a conectarlo, o elija otro.',
  },
  speaker_muted: {
    what: 'El sistema tiene el altavoz silenciado o a volumen cero.',
    next: 'Súbalo en los ajustes de sonido del sistema y repita la prueba.',
  },
  parley_muted: {
    what: 'El sistema tiene Parley silenciado o a volumen cero.',
    next: 'Suba el de Parley en los ajustes de sonido del sistema y repita la prueba.',
  },
  not_played: {
    what: 'El altavoz tomó el sonido, pero el sistema no lo reproduce.',
    next: '¿Ha oído dos notas? Si no, elija otro altavoz o mire los ajustes de sonido del sistema.',
  },
  portal: {
    what: 'Esta red pide que inicie sesión antes de dejar pasar nada.',
    next: 'Abra cualquier página en un navegador: en su lugar viene la de la red. Inicie sesión allí y repita la prueba.',
  },
  intercepted: {
    what: 'Otra cosa responde en lugar del servidor de las salas, con un certificado propio.',
    next: 'Si esta red pide iniciar sesión, abra una página en un navegador y hágalo. También puede ser el proxy de una empresa o un antivirus: pregunte a quien lleva la red.',
  },
  own_firewall_in: {
    what: 'El cortafuegos de este equipo descarta el UDP que llega: las llamadas no se conectan directamente.',
    next: 'Permita en él el UDP entrante, al menos las respuestas a lo enviado. Con firewalld, «sudo firewall-cmd --list-all» muestra sus reglas. Si Windows o macOS pregunta si se puede llegar a Parley, permítalo.',
  },
  own_firewall_out: {
    what: 'El cortafuegos de este equipo no deja salir UDP: las llamadas no se conectan directamente.',
    next: 'Permita en él el UDP saliente.',
  },
  own_firewall_port: {
    what: 'El cortafuegos de este equipo mantiene cerrado el puerto de Parley: nadie más llega a sus salas.',
    next: 'Permita en él el TCP entrante en ese puerto (7373, si no se ha puesto otro) y el UDP. Con firewalld, «sudo firewall-cmd --add-port=7373/tcp» lo abre. Si Windows o macOS pregunta si se puede llegar a Parley, permítalo.',
  },
  ufw: {
    what: 'El cortafuegos de este equipo (ufw) está activo: los demás solo llegan a sus salas si una regla los deja entrar por el puerto de Parley.',
    next: 'Si aún no hay ninguna, «sudo ufw allow 7373/tcp» la crea.',
  },
  'signaling works': { what: 'Se pueden crear salas.' },
  'network works': { what: 'Este equipo está en una red.' },
  'camera off': { what: 'La cámara está desactivada en los ajustes.' },
  'microphone off': { what: 'El micrófono está desactivado en los ajustes.' },
  'speaker off': { what: 'El altavoz está desactivado en los ajustes.' },
  no_picture: {
    what: 'La cámara está abierta y no envía imagen.',
    next: 'Desconéctela y vuelva a conectarla, o elija otra.',
  },
  silent: {
    what: 'El micrófono no oye nada.',
    next: '¿Está silenciado, con su propio interruptor o en los ajustes de sonido?',
  },
  by_hand: { what: 'Las llamadas se hacen a mano, con códigos: no hace falta servidor.' },
  no_network: {
    what: 'Este equipo no está en ninguna red: nadie más llega a sus salas.',
    next: 'Conéctelo a la red en la que está el teléfono.',
  },
  clock: {
    what: 'Se pueden crear salas, pero el reloj de este equipo va mal.',
    next: 'Deje que el sistema lo ponga en hora por la red.',
  },
  offline: {
    what: 'Este equipo no está en ninguna red.',
    next: 'Conéctelo a una red e inténtelo de nuevo.',
  },
  ipv6_only: {
    what: 'Esta red solo tiene IPv6: las llamadas solo funcionan con redes que también lo tengan.',
    next: 'Pruebe otra red o pida IPv4 (basta NAT64 con 464XLAT).',
  },
  dns: {
    what: 'No se pueden resolver los nombres.',
    next: '¿Se abre una página web? Si pide iniciar sesión en la red, hágalo. Si no, revise el servidor de nombres (DNS) en los ajustes de red.',
  },
  unknown_name: {
    what: 'Uno de los servidores de los ajustes no existe.',
    next: 'Revise su nombre en los ajustes.',
  },
  no_servers: {
    what: 'No hay ningún servidor STUN o TURN en los ajustes: las llamadas solo van por la red local.',
    next: 'Para llamar por internet, escriba la dirección de un servidor STUN o TURN en el archivo de configuración de Parley, en ice.servers. En la ventana, «Ajustes» dice al final dónde está.',
  },
  no_udp_servers: {
    what: 'No hay ningún servidor por UDP en los ajustes; no se sabe qué NAT hay.',
  },
  open: { what: 'Se llega a este equipo sin NAT.' },
  mapped: { what: 'Los paquetes de internet encuentran el camino de vuelta.' },
  cone: {
    what: 'El NAT mantiene una dirección para todos los destinos: las llamadas se conectan directamente.',
  },
  symmetric: {
    what: 'El NAT da otra dirección a cada destino (simétrico). Las llamadas van por el relé cuando hace falta.',
  },
  symmetric_no_relay: {
    what: 'El NAT da otra dirección a cada destino (simétrico) y no se llega a ningún relé: muchas llamadas no se conectarán.',
    next: 'Escriba la dirección de un servidor TURN, con su nombre y contraseña, en el archivo de configuración de Parley, en ice.servers. En la ventana, «Ajustes» dice al final dónde está.',
  },
  only_443: {
    what: 'Un cortafuegos solo deja pasar lo que parece web (puerto TCP 443). Las llamadas van allí por el relé, con más retraso.',
    next: 'Si el cortafuegos es suyo, permita UDP hacia internet.',
  },
  udp_blocked: {
    what: 'Un cortafuegos no deja pasar UDP.',
    next: 'Si el cortafuegos es suyo, permita UDP hacia internet.',
  },
  servers_down: {
    what: 'Los servidores STUN y TURN no están en marcha.',
    next: 'Pregunte a quien los administra o escriba otros en el archivo de configuración de Parley, en ice.servers. En la ventana, «Ajustes» dice al final dónde está.',
  },
  blocked: {
    what: 'No responde ningún servidor STUN o TURN: un cortafuegos lo bloquea todo o no están en marcha.',
    next: 'Pruebe con otra red. Tras un cortafuegos estricto ayuda un servidor TURN en el puerto TCP 443.',
  },
  reachable: { what: 'El relé responde.' },
  lossy: {
    what: 'El relé responde, pero se pierden paquetes.',
    next: 'La imagen y el sonido sufrirán. Use un cable o acérquese al punto de acceso, y detenga lo que llena la línea.',
  },
  slow: {
    what: 'El relé responde, pero tarda mucho.',
    next: 'Se quitarán la palabra sin querer. Ayuda un relé más cercano y una línea libre.',
  },
  'relay unreachable': {
    what: 'El relé no responde: lo impide un cortafuegos o no está en marcha.',
    next: 'Un relé en el puerto TCP 443 pasa por casi todos los cortafuegos.',
  },
  not_running: {
    what: 'No hay nada en la dirección del relé, o un cortafuegos lo rechaza.',
    next: 'Pregunte a quien lo administra.',
  },
  credentials: {
    what: 'El relé no acepta el usuario y la contraseña.',
    next: 'Revíselos en los ajustes; pueden haber caducado.',
  },
  quota: { what: 'El relé está lleno.', next: 'Inténtelo de nuevo en unos minutos.' },
  forbidden: {
    what: 'El relé se niega a atender a este equipo.',
    next: 'Pregunte a quien lo administra.',
  },
  certificate: {
    what: 'El certificado del relé no corresponde a su nombre o a la hora de este equipo.',
    next: 'Pregunte a quien lo administra.',
  },
};

export const words: Words = {
  tag: 'es',
  dir: 'ltr',
  state,
  reason,
  code,
  label,
  panels,
  desktop,
  findings,
};
