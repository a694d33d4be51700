import type { Words } from '../words.ts';

export const panels: Words['panels'] = {
  details: {
    sending: 'Envoi',
    receiving: 'Réception',
    target: 'Le réseau supporte',
    jitter: 'Gigue',
    freezes: 'Images figées',
    soundDelay: 'Son retenu',
    roundTrip: 'Aller-retour',
    path: 'Chemin',
    direct: 'Direct',
    relay: 'Par un relais',
    lost: 'Paquets perdus',
    dataSaver: 'Économiser les données',
    dataSaverWhy: '300 kbit/s au plus dans chaque sens',
  },
  trust: {
    title: 'Comparer les mots de sécurité',
    compared: 'Mots de sécurité comparés',
    intro:
      'Lisez-vous ces mots à voix haute. S’ils sont les mêmes des deux côtés, personne n’écoute.',
    differ:
      'S’ils diffèrent, quelqu’un écoute peut-être. Raccrochez, et envoyez la prochaine invitation autrement.',
    none: 'L’application de l’autre personne n’affiche pas de mots. Impossible de dire si quelqu’un écoute.',
    same: 'Ce sont les mêmes',
    notSame: 'Pas comparés, en fait',
  },
  float: 'Image dans l’image',
  byHand: {
    intro:
      'Faites scanner ce code à l’autre personne dans son Parley, ou envoyez-le-lui en texte. Puis scannez ou collez le code qu’elle obtient. Il est valable 10 minutes.',
    back: 'Encore une étape : faites scanner ce code à l’autre personne, ou renvoyez-le-lui en texte. L’appel commencera de lui-même.',
    qr: 'QR code du code d’appel',
    copy: 'Copier le code',
    theirs: 'Code de l’autre côté',
    theirsExample: 'PARLEY:…',
    enter: 'Connecter',
  },
  invite: {
    intro:
      'Scannez le code avec un téléphone sur le même réseau, ou envoyez le lien. Si le navigateur y affiche un avertissement, choisissez « Paramètres avancés » et continuez.',
    anywhere:
      'Envoyez le lien, ou faites scanner le code à l’autre personne. Un navigateur lui suffit.',
    byId: 'Envoyez cet identifiant à la personne à qui vous voulez parler.',
    roomId: 'Identifiant du salon',
    share: 'Partager le lien',
    qr: 'QR code du lien d’invitation',
    waitingRoom: 'Salle d’attente',
    waitingRoomWhy: 'Voyez qui frappe avant d’être vu ou entendu.',
  },
  door: {
    knocks: 'Quelqu’un frappe à la porte',
    someone: 'Quelqu’un sans nom',
    claims:
      'Cette personne ne voit et n’entend rien tant que vous n’ouvrez pas. Chacun peut saisir n’importe quel nom.',
    letIn: 'Laisser entrer',
    decline: 'Ne pas laisser entrer',
    ask: 'Qui êtes-vous ?',
    why: 'L’autre personne voit qui frappe avant que l’appel commence.',
    name: 'Votre nom',
    knock: 'Frapper',
    withPicture: 'Montrer une photo de vous',
    withPictureWhy: 'Une petite image fixe de votre caméra.',
    you: 'vous',
    picture: (name) => `Photo de ${name}`,
    waits: 'Vous avez frappé',
    waitsWhy: 'L’appel commence quand l’autre personne vous laisse entrer. Elle a cinq minutes.',
  },
  screens: {
    share: 'Partager l’écran',
    stop: 'Arrêter le partage',
    stopShort: 'Arrêter',
    ours: 'Vous partagez votre écran',
    theirs: 'L’écran de l’autre personne',
    coming: 'En attente de l’écran…',
    whole: 'L’autre personne voit tout ce que vous choisissez, jusqu’à ce que vous arrêtiez.',
    screen: (n: string) => `Écran ${n}`,
    key: 'Partager l’écran, ou arrêter',
    problem: {
      no_screens:
        'Depuis cet ordinateur, on ne peut pas encore partager d’écran. L’autre personne peut peut-être partager le sien.',
      wayland:
        'Dans une session Wayland, on ne peut pas encore partager d’écran. Ouvrez une session X11 (« Xorg ») pour en partager un.',
      screen_gone: 'Ce que vous partagiez a été fermé. Plus rien n’est partagé.',
    },
  },
  devices: {
    camera: 'Caméra',
    microphone: 'Micro',
    speaker: 'Haut-parleur',
    systemDefault: 'Choix du système',
    noCamera: 'Pas de caméra',
    noMicrophone: 'Pas de micro',
    noSpeaker: 'Pas de haut-parleur',
  },
};
