// A call code: a description with its candidates, as text that one QR code holds.
// backend/signaling/manual says what is in it; golden.json there keeps both
// sides in step. Loaded when it is needed: it brings a deflater.
import { deflateSync, inflateSync } from 'fflate';
import { appendCandidate, dress, readCandidate, strip } from './manualcandidates.ts';
import { dictionary } from './manualdictionary.ts';
import { appendValue, putValues, readValue, takeValues } from './manualvalues.ts';
import { Reader } from './manualreader.ts';
import { parseCode, SignalingError, type Candidate, type Description } from './signaling.ts';

const prefix = 'PARLEY:';
const version = 1;
const maxText = 4296; // characters that one QR code holds
const maxSDP = 64 << 10;
const headSize = 2 + 1 + 4;
const sumSize = 4;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'; // RFC 4648

export interface Packet {
  description: Description;
  /** Of an offer when it was made, in minutes since 1970; of an answer the offer's sum. */
  stamp: number;
  /** Names the code. */
  sum: number;
}

const common = new TextEncoder().encode(dictionary);

/** Makes a code of a description, with the candidates in it and apart from it. */
export function pack(d: Description, apart: Candidate[], stamp: number): Packet & { code: string } {
  const stripped = strip(d.sdp, apart);
  const { rest, values } = takeValues(stripped.text);
  const b: number[] = [(version << 4) | (d.type === 'answer' ? 1 : 0), ...bytes32(stamp)];
  b.push(values.length);
  values.forEach((v) => appendValue(b, v));
  b.push(stripped.candidates.length);
  stripped.candidates.forEach((c) => appendCandidate(b, c));
  b.push(...deflateSync(new TextEncoder().encode(rest), { level: 9, dictionary: common }));
  const length = b.length + sumSize;
  if (((2 + length) * 8) / 5 + prefix.length > maxText) {
    throw new SignalingError('too_large', 'the description does not fit into a code');
  }
  const whole = [length >> 8, length & 255, ...b];
  const sum = crc32(whole);
  return { code: prefix + toBase32([...whole, ...bytes32(sum)]), description: d, stamp, sum };
}

/** Reads a code as a person pastes it. Throws SignalingError bad_code. */
export function unpack(text: string): Packet {
  const b = read(text);
  const view = new DataView(b.buffer);
  const kind = (b[2] ?? 0) & 15;
  if (kind > 1) throw damaged('of no known kind');
  const type = kind === 0 ? 'offer' : 'answer';
  const r = new Reader(b.subarray(headSize, b.length - sumSize));
  const values = Array.from({ length: r.byte() }, () => readValue(r));
  const candidates = Array.from({ length: r.byte() }, () => readCandidate(r));
  if (r.failed) throw damaged('its parts do not fit');
  let packed: string;
  try {
    packed = new TextDecoder('utf-8', { fatal: true }).decode(
      inflateSync(r.rest, { dictionary: common }),
    );
  } catch {
    throw damaged('its text does not unpack');
  }
  if (packed.length > maxSDP) throw damaged('its text is too long');
  const whole = putValues(packed, values);
  if (whole === undefined) throw damaged('its text names a value that is not there');
  const sdp = dress(whole, candidates);
  if (sdp.length > maxSDP || !sdp.startsWith('v=0\r\n') || sdp.includes('\0')) {
    throw damaged('it holds no description');
  }
  return {
    description: { type, sdp },
    stamp: view.getUint32(3),
    sum: view.getUint32(b.length - 4),
  };
}

/** A code's bytes, once its checksum holds. */
function read(text: string): Uint8Array {
  const code = parseCode(text);
  if (code.length > maxText) throw bad('it is longer than any code: was it pasted twice?');
  const body = code.slice(prefix.length);
  const odd = /[^A-Z2-7]/u.exec(body)?.[0];
  if (odd !== undefined) throw bad(`"${odd}" cannot be in one`);
  const b = fromBase32(body);
  const cut = 'its end is missing: copy it again, from its beginning to its very end';
  if (b.length < headSize + sumSize) throw bad(cut);
  const view = new DataView(b.buffer);
  const length = view.getUint16(0) + 2;
  if (length < headSize + sumSize) throw damaged('its length is wrong');
  if (b.length < length) throw bad(cut);
  if (b.length > length) throw bad('there is something behind its end: was it pasted twice?');
  if (crc32(b.subarray(0, length - sumSize)) !== view.getUint32(length - sumSize)) {
    throw damaged('its checksum is wrong');
  }
  if ((b[2] ?? 0) >> 4 !== version) {
    throw bad('it is of another version of Parley: both sides need the same');
  }
  return b;
}

const bad = (why: string) => new SignalingError('bad_code', `not a call code: ${why}`);
const damaged = (why: string) => bad(`${why}: copy it again, or scan it`);

const bytes32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

function toBase32(b: number[]): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of b) {
    bits = ((bits << 8) | byte) & 0xfff;
    for (held += 8; held >= 5; held -= 5) text += alphabet.charAt((bits >> (held - 5)) & 31);
  }
  return held > 0 ? text + alphabet.charAt((bits << (5 - held)) & 31) : text;
}

function fromBase32(text: string): Uint8Array {
  const b = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let n = 0;
  for (const c of text) {
    bits = ((bits << 5) | alphabet.indexOf(c)) & 0xfff;
    held += 5;
    if (held >= 8) b[n++] = (bits >> (held -= 8)) & 255;
  }
  return b;
}

/** CRC-32 of ISO/IEC 13239, as in zip and PNG. */
function crc32(b: Iterable<number>): number {
  let crc = ~0;
  for (const byte of b) {
    crc ^= byte;
    for (let n = 0; n < 8; n++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
