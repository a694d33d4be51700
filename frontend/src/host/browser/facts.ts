// Where a call in the browser stands: facts, what changes them, and the state
// they amount to. The same rules as the Go side's (backend/call/facts.go).
import {
  idle,
  isLive,
  type Device,
  type Failure,
  type Knock,
  type Reason,
  type Role,
  type Sharing,
  type Snapshot,
  type State,
  type Trust,
} from '../../model/snapshot.ts';

export type Transport = 'new' | 'connected' | 'disconnected' | 'failed';

export interface Facts {
  /** Missing where no call was begun. */
  role?: Role;
  room?: string;
  invite?: string;
  /** The users carry codes, and ours is this; '' until it is made. */
  code?: string;
  /** We have our seat in the room. */
  roomOpen: boolean;
  /** Our description is in the room. */
  described: boolean;
  /** The other side's description is set. */
  answered: boolean;
  transport: Transport;
  wasConnected: boolean;
  other: Snapshot['other'];
  /** The bit/s of picture that the other side wants at most; 0 is no limit. */
  otherMost: number;
  /** The other side answers later offers. */
  mendable: boolean;
  /** Nothing can be said to the other side any more. */
  roomGone: boolean;
  /** The other side is away for long, and is to be waited for or not; or our seat takes long. */
  asking: boolean;
  /**
   * When the other side was dropped from the room, or our own way to the server
   * was lost, in ms; -Infinity where neither happened.
   */
  brokeAt: number;
  trust: Trust;
  /** Whoever comes into a room of ours waits to be let in. */
  waitingRoom: boolean;
  /** The callee waits to be let in: no media flows, whatever the other side says or does. */
  shut: boolean;
  /** Who waits. */
  knock?: Knock | undefined;
  reason?: Reason;
  failure?: Failure;
}

export type Fact =
  | { type: 'begin'; role: Role; byHand?: boolean }
  | { type: 'opened'; room: string; invite: string }
  | { type: 'described' }
  | { type: 'code'; code: string }
  | { type: 'answered'; mendable?: boolean }
  | { type: 'transport'; transport: Transport }
  | { type: 'presence'; present: boolean; dropped?: boolean }
  | ({ type: 'other' } & SaidState)
  | { type: 'linkGone'; failure: Failure }
  /** The other side is away for long, or our seat takes long. */
  | { type: 'waited' }
  | { type: 'keepTrying' }
  | { type: 'words'; words: string }
  | { type: 'verified'; verified: boolean }
  /** A later description named another certificate, and was refused. */
  | { type: 'swapped' }
  | { type: 'door'; set: Partial<Pick<Facts, 'shut' | 'knock' | 'waitingRoom'>> }
  | { type: 'over'; reason: Reason }
  | { type: 'failed'; failure: Failure };

/** What a side says of itself on the control channel (PROTOCOL.md, section 4). */
export interface SaidState {
  microphone?: boolean;
  camera?: boolean;
  paused?: boolean;
  /** bit/s of picture that it wants at most; 0 is no limit. */
  maxBitrate?: number;
  /** It shows its screen. */
  sharing?: boolean;
  /** What it is able to beyond a call's picture and sound. */
  can?: string[];
}

/** The bit/s of picture with the data saver, each way. */
export const savingBitrate = 300_000;
/** That we obey the other side in. */
const leastLimit = 100_000;

/** The bit/s that our picture may take at most; 0 is no limit. */
export const limit = (f: Facts, dataSaver: boolean): number => {
  const all = [f.otherMost, dataSaver ? savingBitrate : 0].filter((n) => n > 0);
  return all.length > 0 ? Math.min(...all) : 0;
};

export const none: Facts = {
  roomOpen: false,
  described: false,
  answered: false,
  transport: 'new',
  wasConnected: false,
  other: idle.other,
  otherMost: 0,
  mendable: false,
  roomGone: false,
  asking: false,
  brokeAt: -Infinity,
  trust: idle.trust,
  waitingRoom: false,
  shut: false,
};

/** The state that the facts amount to. */
export function decide(f: Facts): State {
  if (!f.role) return 'idle';
  if (f.failure) return 'failed';
  if (f.reason) return 'ended';
  if (f.wasConnected && f.transport === 'connected') return f.shut ? 'knocking' : 'connected';
  if (f.wasConnected) return 'reconnecting';
  if (f.answered) return 'connecting';
  if (!f.roomOpen || (f.role === 'caller' && !f.described)) return 'preparing';
  return 'waiting';
}

/** Signaling and media that break in this time, in ms, broke together. */
const togetherWithin = 10_000;

/**
 * The facts after one more, at the time now in ms. What comes after the end, or
 * twice, changes nothing.
 */
export function learn(f: Facts, fact: Fact, now = Date.now()): Facts {
  if (fact.type === 'begin') {
    if (isLive(decide(f))) return f;
    const { waitingRoom } = f;
    const shut = waitingRoom && fact.role === 'caller';
    return { ...none, role: fact.role, ...(fact.byHand && { code: '' }), waitingRoom, shut };
  }
  if (!isLive(decide(f))) return f;
  const next = change(f, fact, now);
  // Signaling and media broke together, as when a program is killed: it will
  // not come back. One that only fell silent may.
  const lost =
    decide(next) === 'reconnecting' &&
    (now - next.brokeAt < togetherWithin || (next.asking && !canMend(next)));
  return lost ? { ...next, reason: 'other_lost' } : next;
}

/** Why a call ends, where it ends at the door: who hangs up there lets nobody in. */
function atTheDoor(f: Facts, reason: Reason): Reason {
  const whose = f.role === 'caller' ? '' : 'other_';
  const declined = reason === `${whose}hung_up` || reason === 'declined';
  return f.shut && f.wasConnected && declined ? `${whose}declined` : reason;
}

/** No server carries anything. */
export const isByHand = (f: Facts): boolean => f.code !== undefined;

/** A restart can still be said to the other side, and answered. */
export const canMend = (f: Facts): boolean => f.mendable && !f.roomGone;

function change(f: Facts, fact: Exclude<Fact, { type: 'begin' }>, now: number): Facts {
  switch (fact.type) {
    case 'opened':
      return { ...f, roomOpen: true, room: fact.room, invite: fact.invite };
    case 'described':
      return { ...f, described: true };
    case 'code':
      return { ...f, code: fact.code };
    case 'answered':
      return {
        ...f,
        answered: true,
        mendable: (fact.mendable ?? false) && !isByHand(f),
        brokeAt: -Infinity,
        other: { ...f.other, present: true },
      };
    case 'transport':
      return changeTransport(f, fact.transport);
    case 'presence':
      return {
        ...f,
        brokeAt: fact.dropped === true ? now : -Infinity,
        other: { ...f.other, present: fact.present },
      };
    case 'other':
      return {
        ...f,
        other: {
          ...f.other,
          microphoneOn: fact.microphone ?? f.other.microphoneOn,
          cameraOn: fact.camera ?? f.other.cameraOn,
          paused: fact.paused ?? f.other.paused,
          sharing: fact.sharing ?? f.other.sharing,
          showsScreens: fact.can?.includes('screen') ?? f.other.showsScreens,
        },
        otherMost:
          fact.maxBitrate === undefined
            ? f.otherMost
            : fact.maxBitrate > 0
              ? Math.max(fact.maxBitrate, leastLimit)
              : 0,
      };
    case 'linkGone':
      if (!f.answered) return { ...f, failure: fact.failure };
      // A room that was closed or expired says nothing about the other side.
      return {
        ...f,
        roomGone: true,
        brokeAt: fact.failure.code === 'unreachable' ? now : f.brokeAt,
      };
    case 'waited':
      return { ...f, asking: mayAsk(decide(f)) };
    case 'keepTrying':
      return { ...f, asking: false };
    case 'words':
      return { ...f, trust: { ...f.trust, words: fact.words } };
    case 'verified':
      return {
        ...f,
        trust: { ...f.trust, verified: fact.verified, swapped: f.trust.swapped && !fact.verified },
      };
    case 'swapped':
      return { ...f, trust: { ...f.trust, verified: false, swapped: true } };
    case 'door':
      return { ...f, ...fact.set };
    case 'over':
      return { ...f, reason: atTheDoor(f, fact.reason) };
    case 'failed':
      return { ...f, failure: fact.failure };
  }
}

function changeTransport(f: Facts, transport: Transport): Facts {
  const next = { ...f, transport };
  if (transport === 'connected') return { ...next, wasConnected: true, asking: false };
  if (transport !== 'failed' || (f.wasConnected && canMend(f))) return next;
  // Our answer is still on its way: the other side will knock when it has it.
  if (!f.wasConnected && isByHand(f) && f.role === 'callee') return next;
  // A browser never mends a failed connection without a new offer.
  return f.wasConnected
    ? { ...next, reason: 'other_lost' }
    : { ...next, failure: { code: 'no_connection', message: 'no way to the other side' } };
}

const mayAsk = (s: State): boolean => s === 'reconnecting' || s === 'preparing';

export interface OwnDevices {
  microphone: Device;
  camera: Device;
  dataSaver: boolean;
  sharing: Sharing;
  preview: boolean;
}

/** What a page sees of the facts. */
export function snapshotOf(f: Facts, devices: OwnDevices): Snapshot {
  const state = decide(f);
  const { other, waitingRoom } = f;
  const s: Snapshot = { ...idle, ...devices, state, other, waitingRoom };
  if (f.role) s.role = f.role;
  if (isLive(state) && !isByHand(f) && f.room !== undefined && f.invite !== undefined) {
    s.room = f.room;
    s.invite = f.invite;
  }
  if (isLive(state) && f.code) s.code = f.code;
  if (mayAsk(state) && f.asking) s.asking = true;
  if (state === 'knocking' && f.knock) s.knock = f.knock;
  if (state === 'connected' || state === 'reconnecting') s.trust = f.trust;
  if (state === 'ended' && f.reason) s.reason = f.reason;
  if (state === 'failed' && f.failure) s.failure = f.failure;
  return s;
}
