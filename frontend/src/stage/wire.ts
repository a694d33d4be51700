// The bridge's messages, version 1, as backend/bridge/WIRE.md has them. Each is
// one binary WebSocket message of big-endian fields.
//
//   frame   1 1  flags codec sequence:4 written:8 present:8 width:2 height:2 name data
//   clear   1 2  name
//   hello   1 16
//   want    1 17 sequence:4 name
//   report  1 18 outcome sequence:4 name
//   shown   1 19 width:2 height:2 name
//
// A name is one byte of length, 1 to 32, and as many bytes of UTF-8.

const codecs = [undefined, 'vp8', 'h264', 'rgba'] as const;
export type Codec = NonNullable<(typeof codecs)[number]>;

/** One picture, encoded or as it is. */
export interface Frame {
  readonly kind: 'frame';
  readonly track: string;
  readonly key: boolean;
  readonly codec: Codec;
  readonly sequence: number;
  /** When the bridge got it: ms on the program's clock. */
  readonly written: number;
  /** When to draw it, likewise; 0 is at once. */
  readonly present: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The track stopped. */
export interface Clear {
  readonly kind: 'clear';
  readonly track: string;
}

/** What became of a frame. */
export const outcome = { drawn: 1, skipped: 2, failed: 3 } as const;
export type Outcome = (typeof outcome)[keyof typeof outcome];

const VERSION = 1;
const MAX_NAME = 32;
const MAX_FRAME = 4 << 20;
const FRAME_HEADER = 28;

/** Reads a message of the program. Throws an Error that says what is wrong with it. */
export function parse(buffer: ArrayBuffer): Frame | Clear {
  const view = new DataView(buffer);
  if (buffer.byteLength < 2 || view.getUint8(0) !== VERSION) {
    throw new Error('bridge message of another version');
  }
  const type = view.getUint8(1);
  if (type === 2) {
    const name = readName(buffer, 2);
    if (name.end !== buffer.byteLength) throw new Error('bridge message with a tail');
    return { kind: 'clear', track: name.text };
  }
  if (type !== 1) throw new Error(`bridge message of unknown type ${type}`);
  if (buffer.byteLength < FRAME_HEADER) throw new Error('bridge frame cut short');
  const codec = codecs[view.getUint8(3)];
  if (!codec) throw new Error('bridge frame of unknown codec');
  const name = readName(buffer, FRAME_HEADER);
  const data = new Uint8Array(buffer, name.end);
  const width = view.getUint16(24);
  const height = view.getUint16(26);
  const { length } = data;
  if (!length || length > MAX_FRAME || (codec === 'rgba' && length !== 4 * width * height)) {
    throw new Error(`bridge frame of ${length} bytes`);
  }
  return {
    kind: 'frame',
    track: name.text,
    key: (view.getUint8(2) & 1) !== 0,
    codec,
    sequence: view.getUint32(4),
    written: Number(view.getBigInt64(8)) / 1000,
    present: Number(view.getBigInt64(16)) / 1000,
    width,
    height,
    data,
  };
}

function readName(buffer: ArrayBuffer, at: number): { text: string; end: number } {
  const length = at < buffer.byteLength ? new DataView(buffer).getUint8(at) : 0;
  const end = at + 1 + length;
  if (length === 0 || length > MAX_NAME || end > buffer.byteLength) {
    throw new Error('bridge message with a bad name');
  }
  return { text: new TextDecoder().decode(new Uint8Array(buffer, at + 1, length)), end };
}

type Message = Uint8Array<ArrayBuffer>;

export function hello(): Message {
  return new Uint8Array([VERSION, 16]);
}

/** A key frame later than the given one is wanted. */
export function want(track: string, after: number): Message {
  return message([VERSION, 17], after, track);
}

/** The track is shown in so many pixels; none where nobody sees it. */
export function shown(track: string, width: number, height: number): Message {
  return message(
    [VERSION, 19],
    Math.min(width, 0xffff) * 0x10000 + Math.min(height, 0xffff),
    track,
  );
}

export function report(track: string, sequence: number, o: Outcome): Message {
  return message([VERSION, 18, o], sequence, track);
}

function message(head: readonly number[], four: number, track: string): Message {
  const name = new TextEncoder().encode(track);
  const b = new Uint8Array(head.length + 5 + name.length);
  b.set(head);
  new DataView(b.buffer).setUint32(head.length, four);
  b[head.length + 4] = name.length;
  b.set(name, head.length + 5);
  return b;
}
