import type { Words } from '../words.ts';

export const panels: Words['panels'] = {
  details: {
    sending: 'Gesendet',
    receiving: 'Empfangen',
    target: 'Netzkapazität',
    jitter: 'Schwankung',
    freezes: 'Standbilder',
    soundDelay: 'Tonverzögerung',
    roundTrip: 'Umlaufzeit',
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
    notSame: 'Als nicht verglichen markieren',
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
  chat: {
    title: 'Nachrichten',
    unread: (n) => `Nachrichten, ungelesen: ${n}`,
    intro:
      'Nachrichten und Dateien gehen direkt zur anderen Person. Mit dem Anruf sind die Nachrichten weg; angenommene Dateien bleiben.',
    message: 'Nachricht',
    send: 'Nachricht senden',
    attach: 'Datei senden',
    said: (text) => `Die andere Person: ${text}`,
    offers: (name, size) => `Die andere Person bietet eine Datei an: ${name}, ${size}`,
    came: (name) => `Die Datei ist angekommen: ${name}`,
    tooLong: (most) => `Eine Nachricht hat höchstens ${most} Zeichen.`,
    drop: 'Dateien hier ablegen, um sie zu senden',
    mark: {
      waiting: 'Wartet auf die Verbindung',
      sent: 'Gesendet',
      delivered: 'Zugestellt',
    },
    asked: 'Wartet auf eine Antwort',
    question: 'Nehmen Sie diese Datei nur an, wenn Sie sie erwarten.',
    moving: (done, size) => `${done} von ${size}`,
    given: 'Übergeben',
    saved: 'Bei Ihren Downloads gespeichert',
    declined: 'Abgelehnt',
    cancelled: 'Abgebrochen',
    accept: (name) => `${name} annehmen`,
    decline: (name) => `${name} ablehnen`,
    cancel: (name) => `${name} abbrechen`,
    acceptIt: 'Annehmen',
    declineIt: 'Ablehnen',
    cancelIt: 'Abbrechen',
    show: 'Im Ordner zeigen',
    save: 'Noch einmal speichern',
    problem: {
      too_large:
        'Nicht gesendet: Eine Datei darf höchstens 2 GB haben. Teilen Sie sie auf, oder geben Sie sie anders weiter.',
      too_many:
        'Nicht gesendet: Zu viele Dateien warten. Versuchen Sie es wieder, wenn einige beantwortet sind.',
      no_space:
        'Nicht gesendet: Auf dem empfangenden Gerät ist zu wenig Platz. Schaffen Sie dort Platz, und senden Sie sie noch einmal.',
      no_folder:
        'Nicht gesendet: Das empfangende Gerät konnte sie nicht speichern. Prüfen Sie dort den Download-Ordner, und senden Sie sie noch einmal.',
      unreadable:
        'Nicht gesendet: Die Datei lässt sich nicht lesen. Wählen Sie eine andere, und keinen Ordner.',
      altered:
        'Nicht gesendet: Die Datei wurde währenddessen geändert. Senden Sie sie noch einmal, wenn sie fertig ist.',
      damaged:
        'Was ankam, ist nicht, was gesendet wurde, und wurde verworfen. Senden Sie die Datei noch einmal.',
      stalled:
        'Nicht gesendet: Zwei Minuten lang kam nichts durch. Senden Sie sie noch einmal, wenn die Verbindung besser ist.',
      call_over:
        'Nicht fertig: Der Anruf ist zu Ende. Senden Sie die Datei im nächsten noch einmal.',
    },
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
    asking: 'Ihr Desktop fragt, was geteilt werden soll',
    theirs: 'Bildschirm der anderen Person',
    coming: 'Warten auf den Bildschirm…',
    whole: 'Die andere Person sieht alles, was Sie auswählen, bis Sie es beenden.',
    screen: (n: string) => `Bildschirm ${n}`,
    key: 'Den Bildschirm teilen oder nicht mehr teilen',
    problem: {
      no_screens:
        'Von diesem Computer aus lassen sich noch keine Bildschirme teilen. Vielleicht kann die andere Person ihren teilen.',
      no_portal:
        'Dieser Desktop hat kein Portal, das Bildschirme teilt. Installieren Sie sein Portal (etwa xdg-desktop-portal-gnome, -kde oder -wlr), oder melden Sie sich mit X11 („Xorg“) an.',
      no_pipewire:
        'Das Bild des Bildschirms kommt über PipeWire, und das funktioniert auf diesem Computer nicht.',
      screen_refused: 'Ihr Desktop hat es abgelehnt, einen Bildschirm zu teilen.',
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
    preview: 'Das Bild Ihrer Kamera',
    absent: (name) => `${name} (nicht verbunden)`,
    mirror: 'Mein Bild spiegeln',
    mirrorWhy: 'Nur für Sie. Andere sehen Sie richtig herum.',
    level: 'Pegel des Mikrofons',
    levels: { silent: 'Nichts zu hören', quiet: 'Leise', good: 'Gut', loud: 'Sehr laut' },
    speak: 'Sagen Sie etwas: Der Balken bewegt sich, wenn man Sie hört.',
    chime: 'Einen Ton abspielen',
    chimeWhy: 'Nichts gehört? Stellen Sie lauter oder wählen Sie einen anderen Lautsprecher.',
    gone: (was) => `„${was}“ wurde getrennt.`,
    goneNow: (now) => `Stattdessen wird „${now}“ verwendet.`,
    back: (was) => `„${was}“ ist wieder verbunden.`,
    backNow: 'Es wird wieder verwendet wie vorher.',
  },
};
