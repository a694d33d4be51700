// The call as a page sees it: call.Snapshot of the Go side (backend/call), which
// the phone's own side builds as well. snapshot.test.ts keeps the two in step.

export const states = [
  'idle',
  'preparing',
  'waiting',
  'connecting',
  'knocking',
  'connected',
  'reconnecting',
  'ended',
  'failed',
] as const;
/** Where a call stands. */
export type State = (typeof states)[number];

export const reasons = [
  'hung_up',
  'other_hung_up',
  'other_lost',
  'declined',
  'other_declined',
] as const;
/** Why a call ended. */
export type Reason = (typeof reasons)[number];

export const codes = [
  'bad_room_id',
  'bad_invite',
  'bad_code',
  'need_link',
  'room_not_found',
  'room_full',
  'room_expired',
  'own_room',
  'room_closed',
  'unreachable',
  'untrusted',
  'no_server',
  'refused',
  'too_many',
  'no_offer',
  'bad_description',
  'no_connection',
  'no_camera',
  'camera_busy',
  'camera_refused',
  'no_microphone',
  'microphone_busy',
  'microphone_refused',
  'no_speaker',
  'bad_device',
  'in_call',
  'not_in_call',
  'internal',
] as const;
/** What went wrong. */
export type Code = (typeof codes)[number];

export type Role = 'caller' | 'callee';

export interface Failure {
  code: Code;
  /** For the log; the page words the code itself. */
  message: string;
}

/** One of our devices. */
export interface Device {
  /** What the user wants: muted is false. */
  on: boolean;
  /** What runs now; missing where nothing does. */
  name?: string;
  /** Why nothing runs though it should. */
  problem?: Code;
  /** What became of the one that was in use: another runs, or it does again. */
  change?: 'gone' | 'back';
  /** Its name. */
  was?: string;
  /** The camera runs, and the connection is too weak for any picture. */
  paused?: boolean;
}

export type ScreenProblem =
  'no_screens' | 'no_portal' | 'no_pipewire' | 'screen_refused' | 'screen_gone';

/** Our screen or window that the other side is shown. */
export interface Sharing {
  on: boolean;
  /** What is shared now; missing where nothing is. */
  name?: string;
  /** The desktop asks what to share; nothing is until the user has chosen. */
  asking?: boolean;
  /** Why nothing is though the user wants it. */
  problem?: ScreenProblem;
}

/** The devices to use, by name or ID; '' is the system's default, 'none' is none. */
export interface Choice {
  camera: string;
  microphone: string;
  speaker: string;
}

export interface Snapshot {
  state: State;
  role?: Role;
  /** The room ID as it is shown. */
  room?: string;
  /** What to send to the other side: a link where there is one. */
  invite?: string;
  /** What our user must hand to the other side, in a call by hand. */
  code?: string;
  /**
   * Beside 'reconnecting': is the other side, away for long, to be waited for? Beside
   * 'preparing': it takes long, and goes on.
   */
  asking?: boolean;
  /** Beside 'ended'. */
  reason?: Reason;
  /** Beside 'failed'. */
  failure?: Failure;
  /** The camera runs without a call. */
  preview: boolean;
  /** Picture is sent, and asked for, with few bits. */
  dataSaver: boolean;
  /** Whoever comes into a room of ours waits to be let in. */
  waitingRoom: boolean;
  /** Beside 'knocking': who waits, once they have said so. */
  knock?: Knock;
  /** Our user wants to see themselves as others do; the window's only. */
  unmirrored?: boolean;
  microphone: Device;
  camera: Device;
  speaker: Device;
  sharing: Sharing;
  /** The devices that were asked for. */
  choice: Choice;
  /** What an old client does not say counts as on. */
  other: {
    present: boolean;
    microphoneOn: boolean;
    cameraOn: boolean;
    /** Its camera is on, and its connection too weak for any picture. */
    paused: boolean;
    /** Its user sees what we share. */
    showsScreens: boolean;
    /** It shares a screen of its own. */
    sharing: boolean;
  };
  trust: Trust;
}

/** What somebody who waits to be let in says of themselves. Anybody can say any name. */
export interface Knock {
  name?: string;
  /** A small JPEG in base64, not looked into yet. */
  picture?: string;
}

/** What our user can know of who the other side is. */
export interface Trust {
  /** To be compared with those that the other side sees; '' where there are none. */
  words: string;
  /** Our user says that they are the same. */
  verified: boolean;
  /** Since then something in between tried to take the other side's place. */
  swapped: boolean;
}

export const idle: Snapshot = {
  state: 'idle',
  preview: false,
  dataSaver: false,
  waitingRoom: false,
  microphone: { on: true },
  camera: { on: true },
  speaker: { on: true },
  sharing: { on: false },
  choice: { camera: '', microphone: '', speaker: '' },
  other: {
    present: false,
    microphoneOn: true,
    cameraOn: true,
    paused: false,
    showsScreens: false,
    sharing: false,
  },
  trust: { words: '', verified: false, swapped: false },
};

/** Tells whether a call is under way: it holds a room or devices. */
export const isLive = (s: State): boolean => s !== 'idle' && s !== 'ended' && s !== 'failed';

/** Tells whether the two have a connection, whatever flows on it. */
export const isUp = (s: State): boolean => s === 'connected' || s === 'knocking';

/** An error that carries its code. */
export class Problem extends Error {
  constructor(
    readonly code: Code,
    message: string,
  ) {
    super(message);
  }
}

const isCode = (v: unknown): v is Code => codes.includes(v as Code);

/**
 * A failure out of whatever was thrown: a Failure, the JSON of one (what the Go
 * side's bindings reject with), or anything else, which is a fault of ours.
 */
export function failureOf(thrown: unknown): Failure {
  let value = thrown;
  const text = typeof thrown === 'string' ? thrown : thrown instanceof Error ? thrown.message : '';
  if (text.startsWith('{')) {
    try {
      value = JSON.parse(text);
    } catch {
      // It only looked like JSON.
    }
  }
  if (typeof value === 'object' && value !== null && 'code' in value && isCode(value.code)) {
    const message = 'message' in value && typeof value.message === 'string' ? value.message : '';
    return { code: value.code, message };
  }
  return { code: 'internal', message: text };
}
