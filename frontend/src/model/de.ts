// Every word that a page says, in German. Whoever is spoken to is "Sie".
import { panels } from './panels/de.ts';
import type { Words } from './words.ts';

const state: Words['state'] = {
  idle: 'Kein Anruf',
  preparing: 'Wird vorbereitet…',
  waiting: 'Wartet auf die andere Person',
  connecting: 'Verbindet…',
  knocking: 'Warteraum',
  connected: 'Verbunden',
  reconnecting: 'Getrennt. Verbindet neu…',
  ended: 'Der Anruf ist beendet',
  failed: 'Der Anruf hat nicht geklappt',
};

const reason: Words['reason'] = {
  hung_up: {
    what: 'Sie haben aufgelegt.',
    next: 'Einen neuen Raum erstellen oder einem anderen beitreten können Sie jederzeit.',
  },
  other_hung_up: {
    what: 'Die andere Person hat aufgelegt.',
    next: 'Um weiterzureden, erstellen Sie einen neuen Raum oder bitten Sie um eine neue Einladung.',
  },
  other_lost: {
    what: 'Die Verbindung zur anderen Person ist abgerissen.',
    next: 'Prüfen Sie Ihr Netz. Dann erstellen Sie einen neuen Raum oder bitten Sie um eine neue Einladung.',
  },
  declined: {
    what: 'Sie haben die andere Person nicht eingelassen.',
    next: 'Der Raum ist geschlossen. Erstellen Sie einen neuen, um auf jemand anderen zu warten.',
  },
  other_declined: {
    what: 'Die andere Person hat Sie nicht eingelassen.',
    next: 'Wenn sie Sie erwartet, bitten Sie um eine neue Einladung.',
  },
};

const code: Words['code'] = {
  bad_room_id: {
    what: 'Das ist keine Raum-ID.',
    next: 'Eine Raum-ID sieht so aus: 4fk2-9xqa-07mz. Vielleicht ein Tippfehler?',
  },
  bad_invite: {
    what: 'Dieser Einladungslink ist nicht vollständig.',
    next: 'Kopieren Sie den Link noch einmal ganz, bis zum letzten Zeichen.',
  },
  bad_code: {
    what: 'Das ist kein vollständiger Anrufcode.',
    next: 'Kopieren Sie den ganzen Code noch einmal oder scannen Sie seinen QR-Code.',
  },
  need_link: {
    what: 'Im lokalen Netz genügt die Raum-ID allein nicht.',
    next: 'Bitten Sie die andere Person um den ganzen Einladungslink und fügen Sie ihn hier ein.',
  },
  room_not_found: {
    what: 'Diesen Raum gibt es nicht.',
    next: 'Prüfen Sie die Raum-ID oder bitten Sie um eine neue Einladung: Nach dem Anruf gibt es den Raum nicht mehr.',
  },
  room_full: {
    what: 'In diesem Raum sind schon zwei.',
    next: 'Ein Anruf ist für zwei. Bitten Sie die andere Person, für Sie einen neuen Raum zu erstellen.',
  },
  room_expired: {
    what: 'Diese Einladung ist abgelaufen.',
    next: 'Bitten Sie die andere Person um eine neue.',
  },
  own_room: {
    what: 'Das ist Ihr eigener Raum.',
    next: 'Senden Sie die Einladung an die Person, mit der Sie sprechen möchten, und warten Sie hier auf sie.',
  },
  room_closed: {
    what: 'Der Raum wurde geschlossen.',
    next: 'Erstellen Sie einen neuen Raum oder bitten Sie um eine neue Einladung.',
  },
  unreachable: {
    what: 'Der Treffpunkt für Sie beide ist nicht erreichbar.',
    next: 'Sind Sie online? Im lokalen Netz: Sind Sie im selben Netz wie der Computer, von dem die Einladung kam, und läuft Parley dort noch? Dann versuchen Sie es noch einmal.',
  },
  no_server: {
    what: 'Parley konnte seinen Raum nicht im Netz öffnen.',
    next: 'Vielleicht benutzt ein anderes Programm seinen Port, oder in seinen Ordner kann nicht geschrieben werden. Starten Sie Parley neu oder sehen Sie mit „parley config“ die Einstellungen an.',
  },
  untrusted: {
    what: 'Geantwortet hat ein anderer Computer als der in der Einladung.',
    next: 'Zu Ihrer Sicherheit wurde nichts gesendet. Bitten Sie die andere Person um einen neuen Einladungslink.',
  },
  refused: {
    what: 'Der Server des Raums hat die Anfrage abgelehnt.',
    next: 'Laden oder starten Sie Parley neu, damit beide Seiten eine aktuelle Version haben. Dann versuchen Sie es noch einmal.',
  },
  too_many: {
    what: 'Zu viele Versuche in kurzer Zeit.',
    next: 'Warten Sie eine Minute und versuchen Sie es dann noch einmal.',
  },
  no_offer: {
    what: 'Das Gerät der anderen Person hat nicht geantwortet.',
    next: 'Bitten Sie sie, den Anruf bei sich offen zu lassen oder einen neuen Raum zu erstellen.',
  },
  bad_description: {
    what: 'Die App der anderen Person hat etwas gesendet, das Parley nicht versteht.',
    next: 'Bitten Sie sie, ihre App oder ihren Browser zu aktualisieren. Dann versuchen Sie es noch einmal.',
  },
  no_connection: {
    what: 'Zwischen Ihnen beiden kam keine Verbindung zustande.',
    next: 'Vielleicht ist eine Firewall im Weg. Versuchen Sie ein anderes Netz, etwa dasselbe WLAN.',
  },
  no_camera: {
    what: 'Keine Kamera gefunden.',
    next: 'Reden können Sie auch ohne. Um gesehen zu werden, schließen Sie eine an und schalten Sie die Kamera wieder ein.',
  },
  camera_busy: {
    what: 'Ein anderes Programm benutzt die Kamera.',
    next: 'Schließen Sie es und schalten Sie die Kamera wieder ein.',
  },
  camera_refused: {
    what: 'Parley darf die Kamera nicht benutzen.',
    next: 'Erlauben Sie es in den Datenschutzeinstellungen des Browsers oder des Systems und schalten Sie die Kamera wieder ein.',
  },
  no_microphone: {
    what: 'Kein Mikrofon gefunden.',
    next: 'Die andere Person kann Sie nicht hören. Schließen Sie eins an und heben Sie die Stummschaltung auf.',
  },
  microphone_busy: {
    what: 'Ein anderes Programm benutzt das Mikrofon.',
    next: 'Schließen Sie es und heben Sie die Stummschaltung auf.',
  },
  microphone_refused: {
    what: 'Parley darf das Mikrofon nicht benutzen.',
    next: 'Erlauben Sie es in den Datenschutzeinstellungen des Browsers oder des Systems und heben Sie die Stummschaltung auf.',
  },
  no_speaker: {
    what: 'Kein Lautsprecher gefunden.',
    next: 'Sie hören die andere Person nicht. Schließen Sie Lautsprecher oder Kopfhörer an.',
  },
  bad_device: {
    what: 'Das gewählte Gerät lässt sich nicht benutzen.',
    next: 'Wählen Sie ein anderes oder die Systemvorgabe.',
  },
  in_call: {
    what: 'Es läuft schon ein Anruf.',
    next: 'Legen Sie erst auf und versuchen Sie es dann noch einmal.',
  },
  not_in_call: {
    what: 'Im Moment läuft kein Anruf.',
    next: 'Erstellen Sie erst einen Raum oder treten Sie einem bei.',
  },
  internal: {
    what: 'In Parley ist etwas schiefgegangen.',
    next: 'Versuchen Sie es noch einmal. Passiert es wieder, starten Sie Parley neu.',
  },
};

const label: Words['label'] = {
  app: 'Parley',
  createRoom: 'Raum erstellen',
  join: 'Beitreten',
  joinField: 'Raum-ID, Einladungslink oder Anrufcode',
  joinExample: '4fk2-9xqa-07mz',
  dismiss: 'Ausblenden',

  previewStarting: 'Die Kamera startet…',
  devices: 'Geräte',

  call: 'Anruf',
  you: 'Sie',
  otherPerson: 'Andere Person',
  cameraOff: 'Kamera ist aus',
  slow: 'Es dauert länger als sonst. Es wird weiter versucht…',
  noPicture: 'Das Bild kommt gleich…',
  muted: 'Stumm',
  paused: 'Angehalten',
  oursPaused: {
    what: 'Ihr Bild ist angehalten: Die Verbindung ist zu schwach.',
    next: 'Der Ton läuft weiter.',
  },
  theirsPaused:
    'Das Bild der anderen Person ist angehalten: Die Verbindung ist zu schwach. Der Ton läuft weiter.',
  swapped: {
    what: 'Jemand wollte sich als die andere Person ausgeben.',
    next: 'Parley hat abgelehnt. Vergleichen Sie die Sicherheitswörter noch einmal.',
  },
  controls: 'Anruf steuern',
  mute: 'Mikrofon stummschalten',
  unmute: 'Stummschaltung aufheben',
  cameraTurnOff: 'Kamera ausschalten',
  cameraTurnOn: 'Kamera einschalten',
  switchCamera: 'Kamera wechseln',
  hangUp: 'Auflegen',
  tapToHear: 'Ton einschalten',
  stillAway: 'Die andere Person ist noch immer weg',
  stillAwayWhy:
    'Parley sucht sie seit einer halben Minute. Ist sie nur kurz außer Reichweite, kommt sie von selbst zurück.',
  keepTrying: 'Weiter versuchen',

  invite: 'Jemanden einladen',
  showInvite: 'Einladung zeigen',
  copyRoomId: 'Raum-ID kopieren',
  copyInvite: 'Einladungslink kopieren',
  copied: 'Kopiert',

  createByHand: 'Ohne Server anrufen',
  byHand: 'Codes austauschen',
  scan: 'Mit der Kamera scannen',
  scanning: 'Halten Sie den QR-Code der anderen Person vor die Kamera.',
  close: 'Schließen',

  details: 'Anrufdetails',
  quality: {
    good: 'Gute Verbindung',
    fair: 'Schwache Verbindung',
    poor: 'Schlechte Verbindung',
  },

  phoneTitle: 'Dem Anruf beitreten',
  phoneTitleAlone: 'Einem Anruf beitreten',
  phoneWhy:
    'Die andere Person möchte Sie sehen und hören. Deshalb fragt der Browser nach Kamera und Mikrofon. Sie werden nur während des Anrufs benutzt.',
  phoneReady: 'Niemand sieht oder hört Sie, bevor Sie beitreten.',
  phoneOr: 'oder selbst anrufen',

  badSettings: 'Diese Seite ist nicht eingerichtet',
  badSettingsWhat: (why) => `Ihre Firebase-Einstellungen sind nicht brauchbar: ${why}.`,
  badSettingsNext: 'Wer diese Seite betreibt, kann das mit „make firebase-site“ beheben.',

  unsupported: 'Parley kann hier kein Video zeigen',
  noWebRTC:
    'Dieser Browser kann keine Videoanrufe, oder die Adresse der Seite beginnt nicht mit https://.',
  noWebRTCNext:
    'Öffnen Sie den Link in einem aktuellen Chrome, Edge, Firefox oder Safari (ab iOS 16.4).',
};

const desktop: Words['desktop'] = {
  settings: {
    title: 'Einstellungen',
    rooms: 'So finden Sie zueinander',
    lan: 'Im lokalen Netz',
    lanWhy:
      'Dieser Computer ist der Server, sonst ist nichts nötig. Die andere Person ist im selben Netz.',
    firestore: 'Über das Internet',
    firestoreWhy:
      'Braucht ein eigenes Firebase-Projekt: seine ID und den API-Schlüssel einer Web-App darin.',
    manual: 'Von Hand, mit Codes',
    manualWhy:
      'Braucht keinen Server: Sie schicken einander je einen Code, als Text oder als Bild.',
    project: 'Projekt-ID',
    apiKey: 'API-Schlüssel',
    useProject: 'Dieses Projekt verwenden',
    relay: 'Relay im lokalen Netz',
    relayWhy: 'Hilft, wo das Netz den direkten Weg zwischen Ihnen beiden sperrt.',
    picture: 'Größe Ihres Bildes',
    saver: 'Anrufe mit Datensparen beginnen',
    saverWhy: 'Bild mit höchstens 300 kbit/s in jede Richtung.',
    updates: 'Nach Updates suchen',
    updatesWhy: 'Höchstens einmal am Tag und nie während eines Anrufs.',
    login: 'Beim Anmelden starten',
    loginWhy: 'Parley startet dann im Hintergrund, als Symbol neben der Uhr.',
    others: 'Alle anderen Einstellungen',
    othersWhy:
      'Sie stehen in der Konfigurationsdatei; auch der Befehl parley config set ändert sie.',
    byDefault: 'Voreinstellung',
    inFile: (line) => `Konfigurationsdatei, Zeile ${line}`,
    byVariable: (name) => `Variable ${name}`,
    byFlag: (name) => `Option ${name}`,
    fixed: (place) => `Das lässt sich hier nicht ändern, weil es anderswo festgelegt ist: ${place}`,
    restart: 'Gilt nach dem nächsten Start von Parley.',
    refused: 'Das wurde nicht gespeichert:',
    file: (path) => `Die Konfigurationsdatei ist ${path}`,
  },
  invited: {
    title: 'Ein Link lädt Sie zu einem Anruf ein.',
    why: 'Wenn Sie beitreten, sieht und hört die andere Person Sie.',
  },
  crash: {
    title: 'Parley wurde während eines Anrufs geschlossen.',
    callee: 'Sie können wieder beitreten, sobald die andere Person den Raum wieder geöffnet hat.',
    reopen:
      'Wenn Sie wieder beitreten, wird der Raum wieder geöffnet. Die gesendete Einladung gilt weiter: Die andere Person öffnet sie noch einmal.',
    create: 'Der Raum endete damit. Erstellen Sie einen neuen und senden Sie dessen Einladung.',
    lost: 'Wenn Sie den Raum wieder öffnen, gilt die gesendete Einladung weiter.',
    rejoin: 'Wieder beitreten',
    again: 'Raum wieder öffnen',
  },
  keys: 'Tastenkürzel',
  keySpace: 'Leertaste',
  keyMicrophone: 'Mikrofon stumm oder wieder an',
  keyCamera: 'Kamera an oder aus',
  keyTalk: 'Sprechen trotz Stummschaltung, solange gedrückt',
  keyFullScreen: 'Vollbild an oder aus',
  keyEscape: 'Schließen, was offen ist, oder Vollbild verlassen',
  open: 'Parley öffnen',
  quit: 'Beenden',
  quitInCall: 'Auflegen und beenden?',
  quitInCallWhy: 'Es läuft ein Anruf. Er endet für Sie beide, wenn Parley beendet wird.',
  quitNow: 'Auflegen und beenden',
  stayInCall: 'Im Anruf bleiben',
  joined: 'Die andere Person ist da.',
  knocks: 'Jemand klopft an.',
  home: 'Anruf beginnen',
  homeIntro:
    'Raum erstellen, Einladung senden, fertig: Die andere Person braucht nur einen Browser.',
  or: 'oder einem beitreten',
  preview: 'Kameravorschau',
  startPreview: 'Vorschau',
  stopPreview: 'Vorschau aus',
  previewIntro: 'So sehen Sie vor dem Anruf aus. Außer Ihnen sieht es niemand.',
  newer: (version) => ({
    what: `Parley ${version} ist da.`,
    next: 'Laden Sie es herunter, wann es Ihnen passt; diese Version läuft weiter.',
  }),
  openDownload: 'Download-Seite öffnen',
  doctor: 'Test vor dem Anruf',
  examine: 'Geräte und Netz testen',
  examining: 'Wird getestet… Das dauert bis zu zehn Sekunden.',
  examined: 'Der Test ist fertig.',
  examineAgain: 'Noch einmal testen',
  level: {
    ok: 'In Ordnung:',
    warning: 'Warnung:',
    problem: 'Problem:',
    skipped: 'Nicht getestet:',
  },
  noWebCodecs:
    'Diese Webansicht kann kein Video dekodieren (ihr fehlt WebCodecs). Parley braucht WebKitGTK 2.50, macOS 13.3 oder WebView2 94, oder Neueres.',
  noDecoders: (codecs) =>
    `Diese Webansicht kann ${codecs} nicht dekodieren. Unter Linux helfen die Pakete gstreamer1.0-plugins-good und gstreamer1.0-libav.`,
  outside: 'Diese Seite gehört in das Parley-Fenster',
  outsideNext:
    'Starten Sie Parley auf Ihrem Computer oder öffnen Sie den Einladungslink, den Sie bekommen haben.',
  webviewNext: 'Aktualisieren Sie Ihr System und starten Sie Parley dann neu.',
};

const findings: Words['findings'] = {
  'camera works': { what: 'Die Kamera funktioniert.' },
  'microphone works': { what: 'Das Mikrofon hört etwas.' },
  'speaker works': {
    what: 'Der Lautsprecher hat zwei Töne gespielt.',
    next: 'Haben Sie sie nicht gehört, stellen Sie ihn lauter, sehen Sie nach Stecker und Schalter oder wählen Sie einen anderen.',
  },
  'firewall works': {
    what: 'Die eigene Firewall dieses Computers lässt UDP durch, soweit sich das von hier aus probieren lässt.',
  },
  heard: { what: 'Der Lautsprecher hat zwei Töne gespielt, und das Mikrofon hat sie gehört.' },
  stalled: {
    what: 'Der Lautsprecher ist offen und nimmt den Ton nicht an.',
    next: 'Stecken Sie ihn aus und wieder ein oder wählen Sie einen anderen.',
  },
  speaker_muted: {
    what: 'Das System hat den Lautsprecher stumm oder ganz leise gestellt.',
    next: 'Stellen Sie ihn in den Toneinstellungen des Systems lauter und testen Sie noch einmal.',
  },
  parley_muted: {
    what: 'Das System hat Parley stumm oder ganz leise gestellt.',
    next: 'Stellen Sie Parley in den Toneinstellungen des Systems lauter und testen Sie noch einmal.',
  },
  not_played: {
    what: 'Der Lautsprecher hat den Ton angenommen, doch das System spielt ihn nicht.',
    next: 'Haben Sie zwei Töne gehört? Wenn nicht, wählen Sie einen anderen Lautsprecher oder sehen Sie in die Toneinstellungen des Systems.',
  },
  portal: {
    what: 'Dieses Netz verlangt eine Anmeldung, bevor es etwas durchlässt.',
    next: 'Öffnen Sie im Browser irgendeine Webseite: An ihrer Stelle kommt die Seite des Netzes. Melden Sie sich dort an und testen Sie noch einmal.',
  },
  intercepted: {
    what: 'Etwas anderes antwortet anstelle des Servers für die Räume, mit einem eigenen Zertifikat.',
    next: 'Verlangt dieses Netz eine Anmeldung, öffnen Sie eine Webseite im Browser und melden Sie sich an. Ursache kann auch der Proxy einer Firma oder ein Virenscanner sein: Fragen Sie, wer das Netz betreibt.',
  },
  own_firewall_in: {
    what: 'Die eigene Firewall dieses Computers verwirft ankommendes UDP: Anrufe verbinden sich nicht direkt.',
    next: 'Erlauben Sie darin ankommendes UDP, zumindest Antworten auf Gesendetes. Läuft dort firewalld, zeigt „sudo firewall-cmd --list-all“ seine Regeln. Fragt Windows oder macOS, ob Parley erreichbar sein darf, erlauben Sie es.',
  },
  own_firewall_out: {
    what: 'Die eigene Firewall dieses Computers lässt kein UDP hinaus: Anrufe verbinden sich nicht direkt.',
    next: 'Erlauben Sie darin ausgehendes UDP.',
  },
  own_firewall_port: {
    what: 'Die eigene Firewall dieses Computers hält Parleys Port geschlossen: Niemand sonst erreicht seine Räume.',
    next: 'Erlauben Sie darin ankommendes TCP an diesem Port (7373, wenn kein anderer eingestellt ist) und UDP. Läuft dort firewalld, öffnet ihn „sudo firewall-cmd --add-port=7373/tcp“. Fragt Windows oder macOS, ob Parley erreichbar sein darf, erlauben Sie es.',
  },
  ufw: {
    what: 'Die Firewall dieses Computers (ufw) ist an: Andere erreichen seine Räume nur, wo eine Regel sie an Parleys Port einlässt.',
    next: 'Gibt es noch keine, legt „sudo ufw allow 7373/tcp“ sie an.',
  },
  'signaling works': { what: 'Räume lassen sich erstellen.' },
  'network works': { what: 'Dieser Computer ist in einem Netz.' },
  'camera off': { what: 'Die Kamera ist in den Einstellungen abgeschaltet.' },
  'microphone off': { what: 'Das Mikrofon ist in den Einstellungen abgeschaltet.' },
  'speaker off': { what: 'Der Lautsprecher ist in den Einstellungen abgeschaltet.' },
  no_picture: {
    what: 'Die Kamera ist offen und sendet kein Bild.',
    next: 'Stecken Sie sie aus und wieder ein oder wählen Sie eine andere.',
  },
  silent: {
    what: 'Das Mikrofon hört nichts.',
    next: 'Ist es stumm, durch einen eigenen Schalter oder in den Toneinstellungen des Systems?',
  },
  by_hand: { what: 'Angerufen wird von Hand, mit Codes: Ein Server ist nicht nötig.' },
  no_network: {
    what: 'Dieser Computer ist in keinem Netz: Niemand sonst erreicht seine Räume.',
    next: 'Verbinden Sie ihn mit dem Netz, in dem auch das Handy ist.',
  },
  clock: {
    what: 'Räume lassen sich erstellen, doch die Uhr dieses Computers geht falsch.',
    next: 'Lassen Sie das System seine Uhr nach dem Netz stellen.',
  },
  offline: {
    what: 'Dieser Computer ist in keinem Netz.',
    next: 'Verbinden Sie ihn mit einem Netz und versuchen Sie es noch einmal.',
  },
  ipv6_only: {
    what: 'Dieses Netz kennt nur IPv6: Anrufe gelingen nur mit Netzen, die es auch haben.',
    next: 'Versuchen Sie ein anderes Netz, oder fragen Sie nach IPv4 (NAT64 mit 464XLAT genügt).',
  },
  dns: {
    what: 'Namen lassen sich nicht nachschlagen.',
    next: 'Öffnet sich eine Webseite? Verlangt sie eine Anmeldung im Netz, melden Sie sich an. Sonst prüfen Sie den Nameserver (DNS) in den Netzeinstellungen.',
  },
  unknown_name: {
    what: 'Einer der Server in den Einstellungen ist unbekannt.',
    next: 'Prüfen Sie seinen Namen in den Einstellungen.',
  },
  no_servers: {
    what: 'Es ist kein STUN- oder TURN-Server eingestellt: Anrufe gehen nur im lokalen Netz.',
    next: 'Für Anrufe über das Internet tragen Sie die Adresse eines STUN- oder TURN-Servers in Parleys Konfigurationsdatei ein, unter ice.servers. Wo sie liegt, steht im Fenster ganz unten in den „Einstellungen“.',
  },
  no_udp_servers: {
    what: 'Es ist kein Server über UDP eingestellt; die Art des NAT bleibt unbekannt.',
  },
  open: { what: 'Dieser Computer ist ohne NAT erreichbar.' },
  mapped: { what: 'Pakete aus dem Internet finden den Rückweg.' },
  cone: { what: 'Das NAT behält eine Adresse für alle Ziele: Anrufe verbinden sich direkt.' },
  symmetric: {
    what: 'Das NAT gibt jedem Ziel eine andere Adresse (symmetrisch). Wo nötig, gehen Anrufe über das Relay.',
  },
  symmetric_no_relay: {
    what: 'Das NAT gibt jedem Ziel eine andere Adresse (symmetrisch), und kein Relay ist erreichbar: Viele Anrufe kommen nicht zustande.',
    next: 'Tragen Sie die Adresse eines TURN-Servers mit Name und Passwort in Parleys Konfigurationsdatei ein, unter ice.servers. Wo sie liegt, steht im Fenster ganz unten in den „Einstellungen“.',
  },
  only_443: {
    what: 'Eine Firewall lässt nur durch, was nach Web aussieht (TCP-Port 443). Anrufe gehen dort über das Relay, mit mehr Verzögerung.',
    next: 'Gehört die Firewall Ihnen, erlauben Sie UDP ins Internet.',
  },
  udp_blocked: {
    what: 'Eine Firewall lässt kein UDP durch.',
    next: 'Gehört die Firewall Ihnen, erlauben Sie UDP ins Internet.',
  },
  servers_down: {
    what: 'Die STUN- und TURN-Server laufen nicht.',
    next: 'Fragen Sie, wer sie betreibt, oder tragen Sie andere in Parleys Konfigurationsdatei ein, unter ice.servers. Wo sie liegt, steht im Fenster ganz unten in den „Einstellungen“.',
  },
  blocked: {
    what: 'Kein STUN- oder TURN-Server antwortet: Eine Firewall lässt nichts durch, oder die Server laufen nicht.',
    next: 'Versuchen Sie ein anderes Netz. Durch strenge Firewalls hilft ein TURN-Server an TCP-Port 443.',
  },
  reachable: { what: 'Das Relay antwortet.' },
  lossy: {
    what: 'Das Relay antwortet, aber Pakete gehen verloren.',
    next: 'Bild und Ton werden leiden. Nehmen Sie ein Kabel oder gehen Sie näher an den Router, und stoppen Sie, was sonst die Leitung füllt.',
  },
  slow: {
    what: 'Das Relay antwortet, braucht aber lange.',
    next: 'Man wird einander ins Wort fallen. Ein näheres Relay hilft und eine freie Leitung.',
  },
  'relay unreachable': {
    what: 'Das Relay antwortet nicht: Eine Firewall ist im Weg, oder es läuft nicht.',
    next: 'Durch die meisten Firewalls kommt ein Relay an TCP-Port 443.',
  },
  not_running: {
    what: 'An der Adresse des Relays läuft nichts, oder eine Firewall lehnt ab.',
    next: 'Fragen Sie, wer es betreibt.',
  },
  credentials: {
    what: 'Das Relay nimmt Benutzername und Passwort nicht an.',
    next: 'Prüfen Sie beides in den Einstellungen; es kann abgelaufen sein.',
  },
  quota: { what: 'Das Relay ist voll.', next: 'Versuchen Sie es in ein paar Minuten noch einmal.' },
  forbidden: {
    what: 'Das Relay bedient diesen Computer nicht.',
    next: 'Fragen Sie, wer es betreibt.',
  },
  certificate: {
    what: 'Das Zertifikat des Relays passt nicht zu seinem Namen oder zur Uhrzeit dieses Computers.',
    next: 'Fragen Sie, wer es betreibt.',
  },
};

export const words: Words = {
  tag: 'de',
  dir: 'ltr',
  state,
  reason,
  code,
  label,
  panels,
  desktop,
  findings,
};
