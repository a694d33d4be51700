// Every word that a page says, in French. Whoever is spoken to is "vous". The
// spaces before : ; ? and inside « » do not break.
import { panels } from './panels/fr.ts';
import type { Words } from './words.ts';

const state: Words['state'] = {
  idle: 'Pas d’appel',
  preparing: 'Préparation…',
  waiting: 'En attente de l’autre personne',
  connecting: 'Connexion…',
  knocking: 'Salle d’attente',
  connected: 'Connecté',
  reconnecting: 'Coupure. Reconnexion…',
  ended: 'L’appel est terminé',
  failed: 'L’appel n’a pas abouti',
};

const reason: Words['reason'] = {
  hung_up: {
    what: 'Vous avez raccroché.',
    next: 'Créez un autre salon ou rejoignez-en un quand vous voulez.',
  },
  other_hung_up: {
    what: 'L’autre personne a raccroché.',
    next: 'Pour vous reparler, créez un autre salon ou demandez-lui une nouvelle invitation.',
  },
  other_lost: {
    what: 'La connexion avec l’autre personne est perdue.',
    next: 'Vérifiez votre réseau, puis créez un autre salon ou demandez-lui une nouvelle invitation.',
  },
  declined: {
    what: 'Vous n’avez pas laissé entrer l’autre personne.',
    next: 'Le salon est fermé. Créez-en un autre pour attendre quelqu’un d’autre.',
  },
  other_declined: {
    what: 'L’autre personne ne vous a pas laissé entrer.',
    next: 'Si elle vous attendait, demandez-lui une nouvelle invitation.',
  },
};

const code: Words['code'] = {
  bad_room_id: {
    what: 'Ce n’est pas un identifiant de salon.',
    next: 'Il ressemble à 4fk2-9xqa-07mz. Cherchez une faute de frappe.',
  },
  bad_invite: {
    what: 'Ce lien d’invitation n’est pas complet.',
    next: 'Copiez-le de nouveau en entier, jusqu’au dernier caractère.',
  },
  bad_code: {
    what: 'Ce code d’appel n’est pas complet.',
    next: 'Copiez-le de nouveau en entier, ou scannez son QR code.',
  },
  need_link: {
    what: 'Sur le réseau local, l’identifiant du salon ne suffit pas.',
    next: 'Demandez à l’autre personne le lien d’invitation entier et collez-le ici.',
  },
  room_not_found: {
    what: 'Ce salon n’existe pas.',
    next: 'Vérifiez l’identifiant ou demandez une nouvelle invitation : un salon disparaît à la fin de son appel.',
  },
  room_full: {
    what: 'Il y a déjà deux personnes dans ce salon.',
    next: 'Un appel se fait à deux. Demandez à l’autre personne de créer un salon pour vous.',
  },
  room_expired: {
    what: 'Cette invitation a expiré.',
    next: 'Demandez-en une nouvelle à l’autre personne.',
  },
  own_room: {
    what: 'C’est votre propre salon.',
    next: 'Envoyez l’invitation à la personne à qui vous voulez parler, et attendez-la ici.',
  },
  room_closed: {
    what: 'Le salon a été fermé.',
    next: 'Créez un autre salon ou demandez une nouvelle invitation.',
  },
  unreachable: {
    what: 'Votre point de rencontre est injoignable.',
    next: 'Vérifiez que vous êtes en ligne ; sur un réseau local, que vous êtes sur le même que l’ordinateur qui a envoyé l’invitation et que Parley y tourne encore. Puis réessayez.',
  },
  no_server: {
    what: 'Parley n’a pas pu ouvrir son salon au réseau.',
    next: 'Un autre programme utilise peut-être son port, ou son dossier est protégé en écriture. Redémarrez Parley ou consultez les paramètres avec « parley config ».',
  },
  untrusted: {
    what: 'L’ordinateur qui a répondu n’est pas celui de l’invitation.',
    next: 'Pour votre sécurité, rien n’a été envoyé. Demandez un nouveau lien d’invitation à l’autre personne.',
  },
  refused: {
    what: 'Le serveur du salon a refusé la demande.',
    next: 'Rechargez ou redémarrez Parley pour que les deux côtés aient une version à jour, puis réessayez.',
  },
  too_many: {
    what: 'Trop de tentatives en peu de temps.',
    next: 'Attendez une minute, puis réessayez.',
  },
  no_offer: {
    what: 'L’appareil de l’autre personne n’a pas répondu.',
    next: 'Demandez-lui de laisser l’appel ouvert de son côté, ou de créer un autre salon.',
  },
  bad_description: {
    what: 'L’application de l’autre personne a envoyé quelque chose que Parley ne comprend pas.',
    next: 'Demandez-lui de mettre à jour son application ou son navigateur, puis réessayez.',
  },
  no_connection: {
    what: 'Aucune connexion n’a été trouvée entre vous deux.',
    next: 'Un pare-feu bloque peut-être. Essayez un autre réseau, par exemple le même Wi-Fi.',
  },
  no_camera: {
    what: 'Aucune caméra trouvée.',
    next: 'Vous pouvez parler sans. Pour qu’on vous voie, branchez-en une et réactivez la caméra.',
  },
  camera_busy: {
    what: 'Un autre programme utilise la caméra.',
    next: 'Fermez-le, puis réactivez la caméra.',
  },
  camera_refused: {
    what: 'Parley n’a pas le droit d’utiliser la caméra.',
    next: 'Autorisez-le dans les paramètres de confidentialité du navigateur ou du système, puis réactivez la caméra.',
  },
  no_microphone: {
    what: 'Aucun micro trouvé.',
    next: 'L’autre personne ne vous entend pas. Branchez-en un, puis réactivez le micro.',
  },
  microphone_busy: {
    what: 'Un autre programme utilise le micro.',
    next: 'Fermez-le, puis réactivez le micro.',
  },
  microphone_refused: {
    what: 'Parley n’a pas le droit d’utiliser le micro.',
    next: 'Autorisez-le dans les paramètres de confidentialité du navigateur ou du système, puis réactivez le micro.',
  },
  no_speaker: {
    what: 'Aucun haut-parleur trouvé.',
    next: 'Vous n’entendrez pas l’autre personne. Branchez des haut-parleurs ou un casque.',
  },
  bad_device: {
    what: 'L’appareil choisi est inutilisable.',
    next: 'Choisissez-en un autre, ou celui du système.',
  },
  in_call: {
    what: 'Un appel est déjà en cours.',
    next: 'Raccrochez d’abord, puis réessayez.',
  },
  not_in_call: {
    what: 'Il n’y a pas d’appel en ce moment.',
    next: 'Créez ou rejoignez d’abord un salon.',
  },
  internal: {
    what: 'Une erreur s’est produite dans Parley.',
    next: 'Réessayez. Si cela se répète, redémarrez Parley.',
  },
};

const label: Words['label'] = {
  app: 'Parley',
  createRoom: 'Créer un salon',
  join: 'Rejoindre',
  joinField: 'Identifiant, lien d’invitation ou code d’appel',
  joinExample: '4fk2-9xqa-07mz',
  dismiss: 'Masquer',

  previewStarting: 'La caméra démarre…',
  devices: 'Appareils',

  call: 'Appel',
  you: 'Vous',
  otherPerson: 'Autre personne',
  cameraOff: 'Caméra coupée',
  slow: 'Cela prend plus de temps que d’habitude. Les essais continuent…',
  noPicture: 'L’image arrive…',
  muted: 'Micro coupé',
  paused: 'En pause',
  oursPaused: {
    what: 'Votre image est en pause : la connexion est trop faible.',
    next: 'Le son continue.',
  },
  theirsPaused:
    'L’image de l’autre personne est en pause : la connexion est trop faible. Le son continue.',
  swapped: {
    what: 'Quelqu’un a tenté de prendre la place de l’autre personne.',
    next: 'Parley a refusé. Comparez de nouveau les mots de sécurité.',
  },
  controls: 'Commandes de l’appel',
  mute: 'Couper le micro',
  unmute: 'Réactiver le micro',
  cameraTurnOff: 'Couper la caméra',
  cameraTurnOn: 'Activer la caméra',
  switchCamera: 'Changer de caméra',
  hangUp: 'Raccrocher',
  tapToHear: 'Activer le son',
  stillAway: 'L’autre personne n’est pas revenue',
  stillAwayWhy:
    'Parley la cherche depuis une demi-minute. Si elle n’est hors de portée qu’un moment, elle reviendra d’elle-même.',
  keepTrying: 'Continuer d’essayer',

  invite: 'Inviter quelqu’un',
  showInvite: 'Afficher l’invitation',
  copyRoomId: 'Copier l’identifiant du salon',
  copyInvite: 'Copier le lien',
  copied: 'Copié',

  createByHand: 'Appeler sans serveur',
  byHand: 'Échanger les codes',
  scan: 'Scanner avec la caméra',
  scanning: 'Présentez le QR code de l’autre personne à la caméra.',
  close: 'Fermer',

  details: 'Détails de l’appel',
  quality: { good: 'Bonne connexion', fair: 'Connexion faible', poor: 'Mauvaise connexion' },

  phoneTitle: 'Rejoindre l’appel',
  phoneTitleAlone: 'Rejoindre un appel',
  phoneWhy:
    'L’autre personne aimerait vous voir et vous entendre : votre navigateur va demander la caméra et le micro. Ils ne servent que pendant l’appel.',
  phoneReady: 'Personne ne vous voit ni ne vous entend avant que vous ne rejoigniez l’appel.',
  phoneOr: 'ou lancer le vôtre',

  badSettings: 'Cette page n’est pas configurée',
  badSettingsWhat: (why) => `Ses paramètres Firebase sont inutilisables\u00a0: ${why}.`,
  badSettingsNext: 'Qui gère ce site peut les corriger avec « make firebase-site ».',

  unsupported: 'Parley ne peut pas afficher de vidéo ici',
  noWebRTC:
    'Ce navigateur ne peut pas passer d’appels vidéo, ou l’adresse de la page ne commence pas par https://.',
  noWebRTCNext:
    'Ouvrez le lien dans une version récente de Chrome, Edge, Firefox ou Safari (iOS 16.4 ou plus).',
};

const desktop: Words['desktop'] = {
  settings: {
    title: 'Paramètres',
    rooms: 'Comment vous vous rejoignez',
    lan: 'Sur le réseau local',
    lanWhy:
      'Cet ordinateur est le serveur, rien d’autre n’est nécessaire. L’autre personne est sur le même réseau.',
    firestore: 'Par Internet',
    firestoreWhy:
      'Il faut votre propre projet Firebase : son identifiant et la clé d’API d’une application web du projet.',
    manual: 'À la main, avec des codes',
    manualWhy:
      'Aucun serveur n’est nécessaire : chacun envoie un code à l’autre, en texte ou en image.',
    project: 'Identifiant du projet',
    apiKey: 'Clé d’API',
    useProject: 'Utiliser ce projet',
    relay: 'Relais sur le réseau local',
    relayWhy: 'Utile quand le réseau bloque le chemin direct entre vous deux.',
    picture: 'Taille de votre image',
    saver: 'Commencer les appels en économie de données',
    saverWhy: 'Image de 300 kbit/s au plus dans chaque sens.',
    updates: 'Rechercher les mises à jour',
    updatesWhy: 'Une fois par jour au plus, et jamais pendant un appel.',
    login: 'Démarrer à l’ouverture de session',
    loginWhy: 'Parley démarre alors en arrière-plan, comme icône près de l’horloge.',
    others: 'Tous les autres paramètres',
    othersWhy:
      'Ils se règlent dans le fichier de configuration, ou avec la commande parley config set.',
    byDefault: 'Par défaut',
    inFile: (line) => `Fichier de configuration, ligne ${line}`,
    byVariable: (name) => `Variable ${name}`,
    byFlag: (name) => `Option ${name}`,
    fixed: (place) => `Non modifiable ici, car défini ailleurs : ${place}`,
    restart: 'Pris en compte au prochain démarrage de Parley.',
    refused: 'Ceci n’a pas été enregistré :',
    file: (path) => `Le fichier de configuration est ${path}`,
  },
  invited: {
    title: 'Un lien vous invite à un appel.',
    why: 'Si vous rejoignez l’appel, l’autre personne vous voit et vous entend.',
  },
  crash: {
    title: 'Parley s’est fermé pendant un appel.',
    callee: 'Vous pourrez revenir dès que l’autre personne aura rouvert le salon.',
    reopen:
      'Revenir rouvre le salon. L’invitation que vous avez envoyée reste valable : l’autre personne l’ouvre encore une fois.',
    create: 'Le salon a fermé avec lui. Créez-en un nouveau et envoyez son invitation.',
    lost: 'Si vous rouvrez le salon, l’invitation que vous avez envoyée reste valable.',
    rejoin: 'Revenir dans l’appel',
    again: 'Rouvrir le salon',
  },
  keys: 'Raccourcis clavier',
  keySpace: 'Espace',
  keyMicrophone: 'Couper ou réactiver le micro',
  keyCamera: 'Activer ou couper la caméra',
  keyTalk: 'Parler malgré le micro coupé, tant que la touche est enfoncée',
  keyFullScreen: 'Plein écran, activer ou quitter',
  keyEscape: 'Fermer ce qui est ouvert, ou quitter le plein écran',
  open: 'Ouvrir Parley',
  quit: 'Quitter',
  quitInCall: 'Raccrocher et quitter ?',
  quitInCallWhy: 'Un appel est en cours. Si Parley se ferme, il se termine pour vous deux.',
  quitNow: 'Raccrocher et quitter',
  stayInCall: 'Rester dans l’appel',
  joined: 'L’autre personne est arrivée.',
  knocks: 'Quelqu’un frappe à la porte.',
  home: 'Lancer un appel',
  homeIntro:
    'Créez un salon et envoyez l’invitation. L’autre personne n’a besoin que d’un navigateur.',
  or: 'ou en rejoindre un',
  preview: 'Aperçu de la caméra',
  startPreview: 'Aperçu',
  stopPreview: 'Arrêter',
  previewIntro: 'Voyez votre image avant l’appel. Personne d’autre ne la voit.',
  newer: (version) => ({
    what: `Parley ${version} est sorti.`,
    next: 'Téléchargez-le quand cela vous convient ; cette version continue de fonctionner.',
  }),
  openDownload: 'Ouvrir la page de téléchargement',
  doctor: 'Vérification avant l’appel',
  examine: 'Vérifier appareils et réseau',
  examining: 'Vérification… elle prend jusqu’à dix secondes.',
  examined: 'Vérification terminée.',
  examineAgain: 'Vérifier de nouveau',
  level: {
    ok: 'Fonctionne :',
    warning: 'Attention :',
    problem: 'Problème :',
    skipped: 'Non vérifié :',
  },
  noWebCodecs:
    'Cette vue web ne peut pas décoder la vidéo (WebCodecs lui manque). Il faut à Parley WebKitGTK 2.50, macOS 13.3 ou WebView2 94, ou plus récent.',
  noDecoders: (codecs) =>
    `Cette vue web ne peut pas décoder ${codecs}. Sous Linux, installez les paquets gstreamer1.0-plugins-good et gstreamer1.0-libav.`,
  outside: 'La place de cette page est dans la fenêtre de Parley',
  outsideNext: 'Lancez Parley sur votre ordinateur, ou ouvrez le lien d’invitation reçu.',
  webviewNext: 'Mettez votre système à jour, puis relancez Parley.',
};

const findings: Words['findings'] = {
  'camera works': { what: 'La caméra fonctionne.' },
  'microphone works': { what: 'Le micro entend quelque chose.' },
  'speaker works': {
    what: 'Le haut-parleur a joué deux notes.',
    next: 'Si vous ne les avez pas entendues, montez le volume, vérifiez sa prise et son bouton, ou choisissez-en un autre.',
  },
  'firewall works': {
    what: 'Le pare-feu de cet ordinateur laisse passer UDP, pour autant qu’on puisse l’essayer d’ici.',
  },
  heard: { what: 'Le haut-parleur a joué deux notes, et le micro les a entendues.' },
  stalled: {
    what: 'Le haut-parleur est ouvert mais ne prend pas le son.',
    next: 'Débranchez-le puis rebranchez-le, ou choisissez-en un autre.',
  },
  speaker_muted: {
    what: 'Le système a coupé le haut-parleur, ou son volume est à zéro.',
    next: 'Montez-le dans les paramètres du son, puis recommencez le test.',
  },
  parley_muted: {
    what: 'Le système a coupé le son de Parley, ou son volume est à zéro.',
    next: 'Montez celui de Parley dans les paramètres du son, puis recommencez le test.',
  },
  not_played: {
    what: 'Le haut-parleur a pris le son, mais le système ne le joue pas.',
    next: 'Avez-vous entendu deux notes ? Sinon, choisissez un autre haut-parleur ou vérifiez les paramètres du son.',
  },
  portal: {
    what: 'Ce réseau demande de s’identifier avant de laisser passer quoi que ce soit.',
    next: 'Ouvrez n’importe quelle page dans un navigateur : celle du réseau vient à sa place. Identifiez-vous, puis recommencez le test.',
  },
  intercepted: {
    what: 'Autre chose répond à la place du serveur des salons, avec son propre certificat.',
    next: 'Si ce réseau demande de s’identifier, ouvrez une page dans un navigateur et faites-le. Le proxy d’une entreprise ou un antivirus peut aussi en être la cause : demandez à qui gère le réseau.',
  },
  own_firewall_in: {
    what: 'Le pare-feu de cet ordinateur rejette l’UDP qui arrive : les appels ne se connectent pas directement.',
    next: 'Autorisez-y l’UDP entrant, au moins les réponses à ce qui a été envoyé. Avec firewalld, « sudo firewall-cmd --list-all » montre ses règles. Si Windows ou macOS demande si Parley peut être joint, autorisez-le.',
  },
  own_firewall_out: {
    what: 'Le pare-feu de cet ordinateur ne laisse pas sortir UDP : les appels ne se connectent pas directement.',
    next: 'Autorisez-y l’UDP sortant.',
  },
  own_firewall_port: {
    what: 'Le pare-feu de cet ordinateur garde fermé le port de Parley : personne d’autre n’atteint ses salons.',
    next: 'Autorisez-y le TCP entrant sur ce port (7373, sauf si un autre est réglé) et l’UDP. Avec firewalld, « sudo firewall-cmd --add-port=7373/tcp » l’ouvre. Si Windows ou macOS demande si Parley peut être joint, autorisez-le.',
  },
  ufw: {
    what: 'Le pare-feu de cet ordinateur (ufw) est actif : les autres n’atteignent ses salons que si une règle les laisse entrer sur le port de Parley.',
    next: 'S’il n’y en a pas encore, « sudo ufw allow 7373/tcp » en ajoute une.',
  },
  'signaling works': { what: 'On peut créer des salons.' },
  'network works': { what: 'Cet ordinateur est sur un réseau.' },
  'camera off': { what: 'La caméra est désactivée dans les paramètres.' },
  'microphone off': { what: 'Le micro est désactivé dans les paramètres.' },
  'speaker off': { what: 'Le haut-parleur est désactivé dans les paramètres.' },
  no_picture: {
    what: 'La caméra est ouverte mais n’envoie pas d’image.',
    next: 'Débranchez-la puis rebranchez-la, ou choisissez-en une autre.',
  },
  silent: {
    what: 'Le micro n’entend rien.',
    next: 'Est-il coupé, par son propre bouton ou dans les paramètres du son ?',
  },
  by_hand: {
    what: 'Les appels se font à la main, avec des codes : aucun serveur n’est nécessaire.',
  },
  no_network: {
    what: 'Cet ordinateur n’est sur aucun réseau : personne ne peut atteindre ses salons.',
    next: 'Connectez-le au réseau où se trouve le téléphone.',
  },
  clock: {
    what: 'On peut créer des salons, mais l’horloge de cet ordinateur est déréglée.',
    next: 'Laissez le système la régler par le réseau.',
  },
  offline: {
    what: 'Cet ordinateur n’est sur aucun réseau.',
    next: 'Connectez-le à un réseau, puis réessayez.',
  },
  ipv6_only: {
    what: 'Ce réseau n’a qu’IPv6 : les appels n’aboutissent qu’avec des réseaux qui l’ont aussi.',
    next: 'Essayez un autre réseau ou demandez IPv4 (NAT64 avec 464XLAT suffit).',
  },
  dns: {
    what: 'Les noms ne peuvent pas être résolus.',
    next: 'Une page web s’ouvre-t-elle ? Si elle demande de s’identifier sur le réseau, faites-le. Sinon, vérifiez le serveur de noms (DNS) dans les paramètres du réseau.',
  },
  unknown_name: {
    what: 'Un des serveurs réglés est inconnu.',
    next: 'Vérifiez son nom dans les paramètres.',
  },
  no_servers: {
    what: 'Aucun serveur STUN ou TURN n’est réglé : les appels ne passent que sur le réseau local.',
    next: 'Pour appeler par Internet, écrivez l’adresse d’un serveur STUN ou TURN dans le fichier de configuration de Parley, à ice.servers. Les « Paramètres », dans la fenêtre, indiquent tout en bas où il se trouve.',
  },
  no_udp_servers: { what: 'Aucun serveur en UDP n’est réglé ; le type de NAT reste inconnu.' },
  open: { what: 'Cet ordinateur est joignable sans NAT.' },
  mapped: { what: 'Les paquets venus d’Internet trouvent leur chemin.' },
  cone: {
    what: 'Le NAT garde une adresse pour toutes les destinations : les appels se connectent directement.',
  },
  symmetric: {
    what: 'Le NAT donne une autre adresse à chaque destination (symétrique). Les appels passent par le relais quand il le faut.',
  },
  symmetric_no_relay: {
    what: 'Le NAT donne une autre adresse à chaque destination (symétrique), et aucun relais n’est joignable : beaucoup d’appels n’aboutiront pas.',
    next: 'Écrivez l’adresse d’un serveur TURN, avec son nom et son mot de passe, dans le fichier de configuration de Parley, à ice.servers. Les « Paramètres », dans la fenêtre, indiquent tout en bas où il se trouve.',
  },
  only_443: {
    what: 'Un pare-feu ne laisse passer que ce qui ressemble au web (port TCP 443). Les appels y passent par le relais, avec plus de retard.',
    next: 'Si le pare-feu est le vôtre, autorisez UDP vers Internet.',
  },
  udp_blocked: {
    what: 'Un pare-feu bloque UDP.',
    next: 'Si le pare-feu est le vôtre, autorisez UDP vers Internet.',
  },
  servers_down: {
    what: 'Les serveurs STUN et TURN ne tournent pas.',
    next: 'Demandez à qui les gère, ou écrivez-en d’autres dans le fichier de configuration de Parley, à ice.servers. Les « Paramètres », dans la fenêtre, indiquent tout en bas où il se trouve.',
  },
  blocked: {
    what: 'Aucun serveur STUN ou TURN ne répond : un pare-feu bloque tout, ou ils ne tournent pas.',
    next: 'Essayez un autre réseau. Derrière un pare-feu strict, un serveur TURN sur le port TCP 443 aide.',
  },
  reachable: { what: 'Le relais répond.' },
  lossy: {
    what: 'Le relais répond, mais des paquets se perdent.',
    next: 'L’image et le son en souffriront. Prenez un câble ou rapprochez-vous du point d’accès, et arrêtez ce qui encombre la ligne.',
  },
  slow: {
    what: 'Le relais répond, mais lentement.',
    next: 'On se coupera la parole. Un relais plus proche aide, et une ligne libre.',
  },
  'relay unreachable': {
    what: 'Le relais ne répond pas : un pare-feu le bloque, ou il ne tourne pas.',
    next: 'Un relais sur le port TCP 443 passe la plupart des pare-feu.',
  },
  not_running: {
    what: 'Rien ne tourne à l’adresse du relais, ou un pare-feu refuse.',
    next: 'Demandez à qui le gère.',
  },
  credentials: {
    what: 'Le relais n’accepte pas le nom et le mot de passe.',
    next: 'Vérifiez-les dans les paramètres ; ils ont pu expirer.',
  },
  quota: { what: 'Le relais est plein.', next: 'Réessayez dans quelques minutes.' },
  forbidden: {
    what: 'Le relais refuse de servir cet ordinateur.',
    next: 'Demandez à qui le gère.',
  },
  certificate: {
    what: 'Le certificat du relais ne va pas avec son nom, ou avec l’heure de cet ordinateur.',
    next: 'Demandez à qui le gère.',
  },
};

export const words: Words = {
  tag: 'fr',
  dir: 'ltr',
  state,
  reason,
  code,
  label,
  panels,
  desktop,
  findings,
};
