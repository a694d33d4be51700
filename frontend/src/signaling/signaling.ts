// What two peers say to each other before, and beside, the media of a call:
// the same contract as backend/signaling, whose PROTOCOL.md has the wire form.

export type Role = 'caller' | 'callee';

/** A session description (RFC 8829). */
export interface Description {
  type: 'offer' | 'answer';
  sdp: string;
}

/** An ICE candidate (RFC 8839), as RTCIceCandidate.toJSON() gives it. */
export interface Candidate {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

export const errorCodes = [
  'bad_room_id',
  'bad_invite',
  'bad_code',
  'room_not_found',
  'room_full',
  'room_expired',
  'own_room',
  'room_closed',
  'unreachable',
  'untrusted',
  'refused',
  'too_large',
  'too_many',
  'bad_message',
] as const;
/** What can go wrong; the same codes as the Go side's. */
export type ErrorCode = (typeof errorCodes)[number];

/** The code that stands for what another server or a newer one may send. */
export function errorCodeOf(v: unknown): ErrorCode {
  return errorCodes.find((c) => c === v) ?? 'refused';
}

export class SignalingError extends Error {
  override readonly name = 'SignalingError';

  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** What happened in a room. */
export type RoomEvent =
  | { type: 'description'; description: Description }
  /** May come before the description that it belongs to. */
  | { type: 'candidate'; candidate: Candidate }
  /**
   * The other side has its seat, or its connection broke; it may come back.
   * Dropped is the worse sign: the connection was closed under it, as when a
   * program is killed; otherwise it only fell silent.
   */
  | { type: 'presence'; present: boolean; dropped?: boolean }
  /** What our user must hand to the other side, where no server does it. */
  | { type: 'code'; code: string }
  /** The other side hung up. The last event. */
  | { type: 'left' }
  /** Our own way to the room is gone for good. The last event. */
  | { type: 'closed'; code: ErrorCode };

/** One seat in one room. */
export interface Room {
  readonly role: Role;
  /** What the other side needs to come in. */
  readonly invite: Invite;
  /** STUN and TURN servers for the call that the room's server names; valid. */
  readonly ice?: RTCIceServer[];
  /**
   * Calls back with every event, in order, from the beginning of the room. To
   * be called once; nothing is lost before.
   */
  listen(listener: (event: RoomEvent) => void): void;
  /**
   * Writes the offer, as caller, or the answer, as callee; after the answer
   * either side's later offers and answers, of which only the newest counts.
   * Rejects with SignalingError.
   */
  sendDescription(description: Description): Promise<void>;
  /** Adds one of our candidates. Rejects with SignalingError. */
  sendCandidate(candidate: Candidate): Promise<void>;
  /**
   * Takes the other side's code, where its user hands it to ours. Rejects with
   * SignalingError, which harms nothing.
   */
  takeCode?(code: string): Promise<void>;
  /** When its service was last heard, as Date.now has it. It says something each second. */
  readonly heard?: number;
  /**
   * The two are connected: candidates that were not sent yet need not be, until
   * the next description. For rooms that bring each at a price.
   */
  settled?(): void;
  /**
   * Our network changed: the way to the room is looked for anew, at once. With needed, only the
   * room's silence says that it may have: another way is opened beside the one that there is. If it
   * opens while that is silent still, needed is asked, and says whether it is taken.
   */
  redial?(needed?: () => boolean): void;
  /**
   * Hangs up: the other side is told and the room is deleted. Never rejects,
   * and takes 2 s at most. No event comes once it is called.
   */
  leave(): Promise<void>;
}

/** Opens rooms. Both reject with SignalingError. */
export interface Signaler {
  /** It has much to load, which must not hold up the camera's preview. */
  readonly afterDevices?: boolean;
  /**
   * Does ahead what the next room takes, which nobody else sees, and keeps it for a while. The
   * function it returns lets it go, where no room was opened since.
   */
  prepare?(): () => void;
  /** Makes a new room and takes the caller's seat. */
  create(abort?: AbortSignal): Promise<Room>;
  /** Takes the callee's seat in a room that somebody else made. */
  join(invite: Invite, abort?: AbortSignal): Promise<Room>;
}

/** All that the other side needs to come in. */
export interface Invite {
  /** As parseRoomID gives it. */
  room: string;
  /** The origin of the server that holds the room; '' where the page's own does. */
  server: string;
  /** The SHA-256 of the server's certificate, base64url; '' where there is none. A page cannot check it. */
  fingerprint: string;
  /** An offer that is carried by hand; then nothing else is here. */
  code?: string;
}

// Crockford's base32: no I, L, O or U. https://www.crockford.com/base32.html
const own = /^[0-9a-hjkmnp-tv-z]{12}$/;
const foreign = /^[-_0-9a-zA-Z]{1,128}$/;

/**
 * A room ID as a person types it: ours in any case, with or without dashes and
 * spaces, O read as 0 and I and L as 1; another client's as it is.
 */
export function parseRoomID(text: string): string {
  const trimmed = text.trim();
  // Lower case by hand: toLowerCase makes ASCII out of the Kelvin sign.
  const id = trimmed
    .replace(/[A-Z]/g, (c) => c.toLowerCase())
    .replace(/[- ]/g, '')
    .replace(/o/g, '0')
    .replace(/[il]/g, '1');
  if (trimmed.length <= 128 && own.test(id)) return id;
  if (foreign.test(trimmed)) return trimmed;
  throw new SignalingError('bad_room_id', 'not a room ID');
}

/** The ID as it is shown: xxxx-xxxx-xxxx for one of ours. */
export function showRoomID(id: string): string {
  return own.test(id) ? `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}` : id;
}

const codePrefix = 'PARLEY:'; // no room ID has a colon

/** Tells whether what a user entered is meant as a call code, whole or not. */
export function isCode(text: string): boolean {
  const [before = '', fragment] = text.trim().split('#', 2);
  return (fragment ?? '').startsWith('code=') || before.toUpperCase().startsWith(codePrefix);
}

/**
 * A call code as a person pastes it, in either case and with white space in it,
 * or the link https://PAGE/#code=… that carries one. What is in it, manualcode.ts
 * knows.
 */
export function parseCode(text: string): string {
  const packed = text.replace(/[\s\p{Cf}]/gu, ''); // chat programs add zero-width characters
  const hash = packed.indexOf('#');
  const found = hash < 0 ? packed : new URLSearchParams(packed.slice(hash + 1)).get('code');
  const code = (found ?? '').replace(/[a-z]/g, (c) => c.toUpperCase());
  if (code.startsWith(codePrefix)) return code;
  const why = `one begins with ${codePrefix}: copy it from its beginning`;
  throw new SignalingError('bad_code', `not a call code: ${why}`);
}

/** A room ID, a link such as https://host:port/#room=…&cert=…, or a call code. */
export function parseInvite(text: string): Invite {
  const trimmed = text.trim();
  if (isCode(trimmed)) return { room: '', server: '', fingerprint: '', code: parseCode(trimmed) };
  if (!/[:/#]/.test(trimmed)) return { room: parseRoomID(trimmed), server: '', fingerprint: '' };
  const bad = (why: string): SignalingError => new SignalingError('bad_invite', why);
  if (trimmed.length > 2048) throw bad('too long for an invite link');
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    throw bad('not a link');
  }
  // A browser gives a page a camera over https, and over plain http on this machine.
  const web = url.protocol === 'https:' || /^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(url.href);
  if (!web || url.host === '' || url.username !== '' || url.password !== '') {
    throw bad('an invite link begins with https:// and a host');
  }
  const fragment = new URLSearchParams(url.hash.slice(1));
  const room = fragment.get('room') ?? '';
  if (room === '') throw bad('no room after the #; was the whole link copied?');
  const fingerprint = fragment.get('cert') ?? '';
  // 32 bytes are 43 characters, and the last one carries four bits.
  if (fingerprint !== '' && !/^[-\w]{42}[AEIMQUYcgkosw048]$/.test(fingerprint)) {
    throw bad('the certificate fingerprint is cut or changed');
  }
  return { room: parseRoomID(room), server: url.origin, fingerprint };
}

/** The invite as a link; without a server its room ID, or its code. */
export function formatInvite(invite: Invite): string {
  if (invite.code !== undefined) return invite.code;
  const room = showRoomID(invite.room);
  if (invite.server === '') return room;
  const cert = invite.fingerprint === '' ? '' : `&cert=${invite.fingerprint}`;
  return `${invite.server}/#room=${room}${cert}`;
}
