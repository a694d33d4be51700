import type { Words } from '../words.ts';

export const panels: Words['panels'] = {
  details: {
    sending: 'Enviando',
    receiving: 'Recibiendo',
    target: 'La red admite',
    jitter: 'Fluctuación',
    freezes: 'Congelaciones',
    soundDelay: 'Sonido retenido',
    roundTrip: 'Ida y vuelta',
    path: 'Camino',
    direct: 'Directo',
    relay: 'Por un relé',
    lost: 'Paquetes perdidos',
    dataSaver: 'Ahorro de datos',
    dataSaverWhy: 'Como mucho 300 kbit/s en cada sentido',
  },
  trust: {
    title: 'Comparar palabras de seguridad',
    compared: 'Palabras de seguridad comparadas',
    intro:
      'Léanse estas palabras en voz alta. Si son las mismas en ambos lados, nadie está escuchando.',
    differ:
      'Si son distintas, puede que alguien escuche. Cuelgue y envíe la próxima invitación por otra vía.',
    none: 'La aplicación de la otra persona no muestra palabras. No se puede saber si alguien escucha.',
    same: 'Son las mismas',
    notSame: 'No se han comparado',
  },
  float: 'Imagen en imagen',
  byHand: {
    intro:
      'Deje que la otra persona escanee este código en su Parley o envíeselo como texto. Después escanee o pegue el código que ella obtenga. Vale durante 10 minutos.',
    back: 'Falta un paso: deje que la otra persona escanee este código o envíeselo como texto. La llamada empezará sola.',
    qr: 'Código QR del código de llamada',
    copy: 'Copiar código',
    theirs: 'Código del otro lado',
    theirsExample: 'PARLEY:…',
    enter: 'Conectar',
  },
  invite: {
    intro:
      'Escanee el código con un teléfono en la misma red o envíe el enlace. Si el navegador muestra una advertencia, elija «Configuración avanzada» y continúe.',
    anywhere:
      'Envíe el enlace o deje que la otra persona escanee el código. Solo necesita un navegador.',
    byId: 'Envíe este identificador a la persona con quien quiere hablar.',
    roomId: 'Identificador de la sala',
    share: 'Compartir enlace',
    qr: 'Código QR del enlace de invitación',
    waitingRoom: 'Sala de espera',
    waitingRoomWhy: 'Vea quién llama antes de que le vean u oigan.',
  },
  door: {
    knocks: 'Alguien llama a la puerta',
    someone: 'Alguien sin nombre',
    claims:
      'No ve ni oye nada hasta que usted le deje entrar. Cualquiera puede escribir cualquier nombre.',
    letIn: 'Dejar entrar',
    decline: 'No dejar entrar',
    ask: '¿Quién es usted?',
    why: 'La otra persona ve quién llama antes de que empiece la llamada.',
    name: 'Su nombre',
    knock: 'Llamar a la puerta',
    withPicture: 'Mostrar una foto suya',
    withPictureWhy: 'Una imagen fija y pequeña de su cámara.',
    you: 'usted',
    picture: (name) => `Foto de ${name}`,
    waits: 'Ha llamado a la puerta',
    waitsWhy: 'La llamada empieza cuando la otra persona le deje entrar. Tiene cinco minutos.',
  },
  screens: {
    share: 'Compartir pantalla',
    stop: 'Dejar de compartir',
    stopShort: 'Detener',
    ours: 'Usted comparte su pantalla',
    theirs: 'Pantalla de la otra persona',
    coming: 'Esperando la pantalla…',
    whole: 'La otra persona ve todo lo que usted elija, hasta que lo detenga.',
    screen: (n: string) => `Pantalla ${n}`,
    key: 'Compartir la pantalla o dejar de hacerlo',
    problem: {
      no_screens:
        'Desde este equipo todavía no se pueden compartir pantallas. Quizá la otra persona pueda compartir la suya.',
      wayland:
        'En una sesión de Wayland todavía no se pueden compartir pantallas. Inicie sesión con X11 («Xorg») para compartir una.',
      screen_gone: 'Lo que usted compartía se ha cerrado. Ya no se comparte nada.',
    },
  },
  devices: {
    camera: 'Cámara',
    microphone: 'Micrófono',
    speaker: 'Altavoz',
    systemDefault: 'El del sistema',
    noCamera: 'Sin cámara',
    noMicrophone: 'Sin micrófono',
    noSpeaker: 'Sin altavoz',
  },
};
