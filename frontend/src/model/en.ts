// The words that both pages say at once, in English; panels/en.ts has what is said
// later in a call, en.desktop.ts what only the window says. Another language is another file with a constant of type Words;
// what it leaves out does not compile.
import type { Code, Reason, State } from './snapshot.ts';

/** What happened, and what to do next. */
export interface Sentence {
  what: string;
  next: string;
}

const state: Record<State, string> = {
  idle: 'No call',
  preparing: 'Getting ready…',
  waiting: 'Waiting for the other person',
  connecting: 'Connecting…',
  knocking: 'Waiting room',
  connected: 'Connected',
  reconnecting: 'Connection lost. Reconnecting…',
  ended: 'The call has ended',
  failed: 'The call did not work',
};

const reason: Record<Reason, Sentence> = {
  hung_up: {
    what: 'You hung up.',
    next: 'Create a new room or join another whenever you like.',
  },
  other_hung_up: {
    what: 'The other person hung up.',
    next: 'To talk again, create a new room or ask them for a new invite.',
  },
  other_lost: {
    what: 'The connection to the other person was lost.',
    next: 'Check your network, then create a new room or ask them for a new invite.',
  },
  declined: {
    what: 'You did not let the other person in.',
    next: 'The room is closed. Create a new one to wait for somebody else.',
  },
  other_declined: {
    what: 'The other person did not let you in.',
    next: 'Ask them for a new invite if they were expecting you.',
  },
};

const code: Record<Code, Sentence> = {
  bad_room_id: {
    what: 'That is not a room ID.',
    next: 'A room ID looks like 4fk2-9xqa-07mz. Check it for typing mistakes.',
  },
  bad_invite: {
    what: 'That invite link is not complete.',
    next: 'Copy the whole link again, to its very end.',
  },
  bad_code: {
    what: 'That is not a whole call code.',
    next: 'Copy the whole code again, or scan its QR code.',
  },
  need_link: {
    what: 'On the local network the room ID alone is not enough.',
    next: 'Ask the other person for the whole invite link, and paste it here.',
  },
  room_not_found: {
    what: 'There is no such room.',
    next: 'Check the room ID, or ask the other person for a new invite: a room is gone once its call has ended.',
  },
  room_full: {
    what: 'Two people are in this room already.',
    next: 'A call is for two. Ask the other person to create a new room for you.',
  },
  room_expired: {
    what: 'This invite has expired.',
    next: 'Ask the other person for a new one.',
  },
  own_room: {
    what: 'This is your own room.',
    next: 'Send the invite to the person you want to talk to, and wait for them here.',
  },
  room_closed: {
    what: 'The room was closed.',
    next: 'Create a new room, or ask the other person for a new invite.',
  },
  unreachable: {
    what: 'The place where the two of you meet cannot be reached.',
    next: 'Check that you are online; on a local network, that you are on the same one as the computer that sent the invite, and that Parley still runs there. Then try again.',
  },
  no_server: {
    what: 'Parley could not open its room to the network.',
    next: 'Another program may use its port, or its folder cannot be written to. Restart Parley, or look at the settings with "parley config".',
  },
  untrusted: {
    what: 'A different computer answered than the one in the invite.',
    next: 'For your safety nothing was sent. Ask the other person for a new invite link.',
  },
  refused: {
    what: 'The room’s server refused the request.',
    next: 'Reload or restart Parley so that both sides run a current version, then try again.',
  },
  too_many: {
    what: 'Too many attempts in a short time.',
    next: 'Wait a minute, then try again.',
  },
  no_offer: {
    what: 'The other person’s device did not answer.',
    next: 'Ask them to keep the call open on their side, or to create a new room.',
  },
  bad_description: {
    what: 'The other person’s app sent something Parley does not understand.',
    next: 'Ask them to update their app or browser, then try again.',
  },
  no_connection: {
    what: 'No connection between the two of you could be found.',
    next: 'A firewall may be in the way. Try another network, such as the same Wi-Fi.',
  },
  no_camera: {
    what: 'No camera was found.',
    next: 'You can talk without it. Plug one in and turn the camera on again to be seen.',
  },
  camera_busy: {
    what: 'Another program is using the camera.',
    next: 'Close that program, then turn the camera on again.',
  },
  camera_refused: {
    what: 'Parley is not allowed to use the camera.',
    next: 'Allow it in your browser’s or system’s privacy settings, then turn the camera on again.',
  },
  no_microphone: {
    what: 'No microphone was found.',
    next: 'The other person cannot hear you. Plug one in, then unmute.',
  },
  microphone_busy: {
    what: 'Another program is using the microphone.',
    next: 'Close that program, then unmute.',
  },
  microphone_refused: {
    what: 'Parley is not allowed to use the microphone.',
    next: 'Allow it in your browser’s or system’s privacy settings, then unmute.',
  },
  no_speaker: {
    what: 'No speaker was found.',
    next: 'You will not hear the other person. Plug in speakers or headphones.',
  },
  bad_device: {
    what: 'The chosen device cannot be used.',
    next: 'Choose another one, or the system default.',
  },
  in_call: {
    what: 'A call is under way already.',
    next: 'Hang up first, then try again.',
  },
  not_in_call: {
    what: 'There is no call at the moment.',
    next: 'Create a room or join one first.',
  },
  internal: {
    what: 'Something went wrong inside Parley.',
    next: 'Try again. If it keeps happening, restart Parley.',
  },
};

const label = {
  app: 'Parley',
  createRoom: 'Create room',
  join: 'Join',
  joinField: 'Room ID, invite link or call code',
  joinExample: '4fk2-9xqa-07mz',
  dismiss: 'Dismiss',

  previewStarting: 'Starting the camera…',
  devices: 'Devices',

  call: 'Call',
  you: 'You',
  otherPerson: 'Other person',
  cameraOff: 'Camera is off',
  slow: 'This takes longer than usual. Still trying…',
  noPicture: 'Waiting for the picture…',
  muted: 'Muted',
  paused: 'Paused',
  oursPaused: {
    what: 'Your picture is paused: the connection is too weak.',
    next: 'Sound goes on.',
  },
  theirsPaused: 'Their picture is paused: the connection is too weak. Sound goes on.',
  swapped: {
    what: 'Somebody tried to take the other person’s place.',
    next: 'Parley refused. Compare the security words again.',
  },
  controls: 'Call controls',
  mute: 'Mute microphone',
  unmute: 'Unmute microphone',
  cameraTurnOff: 'Turn camera off',
  cameraTurnOn: 'Turn camera on',
  switchCamera: 'Switch camera',
  hangUp: 'Hang up',
  tapToHear: 'Tap to hear',
  stillAway: 'The other person is still away',
  stillAwayWhy:
    'Parley has looked for them for half a minute. If they are only out of reach for a while, they come back by themselves.',
  keepTrying: 'Keep trying',

  invite: 'Invite someone',
  showInvite: 'Show invite',
  copyRoomId: 'Copy room ID',
  copyInvite: 'Copy invite link',
  copied: 'Copied',

  createByHand: 'Call without a server',
  byHand: 'Exchange codes',
  scan: 'Scan with camera',
  scanning: 'Hold the other person’s QR code in front of the camera.',
  close: 'Close',

  details: 'Call details',
  quality: { good: 'Good connection', fair: 'Weak connection', poor: 'Poor connection' },

  phoneTitle: 'Join the call',
  phoneTitleAlone: 'Join a call',
  phoneWhy:
    'The other person wants to see and hear you, so your browser will ask for the camera and the microphone. They are used only while the call lasts.',
  phoneReady: 'Nobody sees or hears you until you join.',
  phoneOr: 'or start your own',

  badSettings: 'This page is not set up',
  badSettingsWhat: (why: string) => `Its Firebase settings cannot be used: ${why}.`,
  badSettingsNext: 'Whoever runs this site can fix them with "make firebase-site".',

  unsupported: 'Parley cannot show video here',
  noWebRTC: 'This browser cannot make video calls, or the page is not on https://.',
  noWebRTCNext:
    'Open the link in a current version of Chrome, Edge, Firefox or Safari (iOS 16.4 or newer).',
};

export const en = {
  /** The language's name: BCP 47. */
  tag: 'en',
  /** Which way its lines run. */
  dir: 'ltr' as 'ltr' | 'rtl',
  state,
  reason,
  code,
  label,
};
