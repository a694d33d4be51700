import type { Words } from '../words.ts';

export const panels: Words['panels'] = {
  details: {
    sending: 'Gesendet',
    receiving: 'Empfangen',
    target: 'Das Netz trägt',
    jitter: 'Schwankung',
    freezes: 'Standbilder',
    soundDelay: 'Ton verzögert um',
    roundTrip: 'Hin und zurück',
    path: 'Weg',
    direct: 'Direkt',
    relay: 'Über ein Relay',
    lost: 'Verlorene Pakete',
    dataSaver: 'Daten sparen',
    dataSaverWhy: 'Je Richtung höchstens 300 kbit/s',
  },
  trust: {
    title: 'Sicherheitswörter vergleichen',
    compared: 'Sicherheitswörter verglichen',
    intro:
      'Lesen Sie einander diese Wörter vor. Sind es auf beiden Seiten dieselben, hört niemand mit.',
    differ:
      'Sind es andere, hört vielleicht jemand mit. Legen Sie auf und senden Sie die nächste Einladung auf anderem Weg.',
    none: 'Die App der anderen Person zeigt keine Wörter. Ob jemand mithört, lässt sich nicht sagen.',
    same: 'Es sind dieselben',
    notSame: 'Doch nicht verglichen',
  },
  float: 'Bild im Bild',
  byHand: {
    intro:
      'Lassen Sie die andere Person diesen Code mit ihrem Parley scannen oder senden Sie ihn als Text. Dann scannen Sie den Code, den sie erhält, oder fügen ihn hier ein. Er gilt 10 Minuten.',
    back: 'Ein Schritt noch: Lassen Sie die andere Person diesen Code scannen oder senden Sie ihn als Text zurück. Der Anruf beginnt von selbst.',
    qr: 'QR-Code des Anrufcodes',
    copy: 'Code kopieren',
    theirs: 'Code der anderen Seite',
    theirsExample: 'PARLEY:…',
    enter: 'Verbinden',
  },
  invite: {
    intro:
      'Scannen Sie den Code mit einem Handy im selben Netz oder senden Sie den Link. Falls der Browser dort warnt: „Erweitert“ wählen und weiter.',
    anywhere:
      'Senden Sie den Link oder lassen Sie die andere Person den Code scannen. Sie braucht nur einen Browser.',
    byId: 'Senden Sie diese Raum-ID an die Person, mit der Sie sprechen möchten.',
    roomId: 'Raum-ID',
    share: 'Einladungslink teilen',
    qr: 'QR-Code des Einladungslinks',
    waitingRoom: 'Warteraum',
    waitingRoomWhy: 'Sehen Sie, wer anklopft, bevor man Sie sieht oder hört.',
  },
  door: {
    knocks: 'Jemand klopft an',
    someone: 'Jemand ohne Namen',
    claims: 'Wer anklopft, sieht und hört nichts, bis Sie öffnen. Jeder kann jeden Namen eingeben.',
    letIn: 'Einlassen',
    decline: 'Nicht einlassen',
    ask: 'Wer sind Sie?',
    why: 'Die andere Person sieht, wer anklopft, bevor der Anruf beginnt.',
    name: 'Ihr Name',
    knock: 'Anklopfen',
    withPicture: 'Ein Bild von Ihnen zeigen',
    withPictureWhy: 'Ein kleines Standbild von Ihrer Kamera.',
    you: 'Ihnen',
    picture: (name) => `Bild von ${name}`,
    waits: 'Sie haben angeklopft',
    waitsWhy: 'Der Anruf beginnt, wenn die andere Person Sie einlässt. Sie hat fünf Minuten Zeit.',
  },
  screens: {
    share: 'Bildschirm teilen',
    stop: 'Nicht mehr teilen',
    stopShort: 'Beenden',
    ours: 'Sie teilen Ihren Bildschirm',
    theirs: 'Bildschirm der anderen Person',
    coming: 'Warten auf den Bildschirm…',
    whole: 'Die andere Person sieht alles, was Sie auswählen, bis Sie es beenden.',
    screen: (n: string) => `Bildschirm ${n}`,
    key: 'Den Bildschirm teilen oder nicht mehr teilen',
    problem: {
      no_screens:
        'Von diesem Computer aus lassen sich noch keine Bildschirme teilen. Vielleicht kann die andere Person ihren teilen.',
      wayland:
        'In einer Wayland-Sitzung lassen sich noch keine Bildschirme teilen. Melden Sie sich mit X11 („Xorg“) an, um einen zu teilen.',
      screen_gone: 'Was Sie geteilt haben, wurde geschlossen. Es wird nichts mehr geteilt.',
    },
  },
  devices: {
    camera: 'Kamera',
    microphone: 'Mikrofon',
    speaker: 'Lautsprecher',
    systemDefault: 'Systemvorgabe',
    noCamera: 'Keine Kamera',
    noMicrophone: 'Kein Mikrofon',
    noSpeaker: 'Kein Lautsprecher',
  },
};
