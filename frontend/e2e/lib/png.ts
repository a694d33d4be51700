// As much of PNG (RFC 2083) as Chromium's screenshots need, and what is kept of them.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

export interface Image {
  width: number;
  height: number;
  /** 0xRRGGBB, a row after the other. */
  pixels: Uint32Array;
}

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

/** Reads one of 8 bits a channel or palette entry, without interlacing. */
export function decode(png: Buffer): Image {
  if (!png.subarray(0, 8).equals(signature)) throw new Error('no PNG');
  const parts: Buffer[] = [];
  let [width, height, type] = [0, 0, 0];
  let palette = Buffer.alloc(0);
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const name = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (name === 'IHDR') {
      [width, height, type] = [data.readUInt32BE(0), data.readUInt32BE(4), data[9]!];
      if (data[8] !== 8 || data[12] !== 0) throw new Error('a PNG of another kind');
    } else if (name === 'PLTE') palette = Buffer.from(data);
    else if (name === 'IDAT') parts.push(data);
    at += length + 12;
  }
  const channels = { 2: 3, 3: 1, 6: 4 }[type];
  if (!channels) throw new Error(`a PNG of colour type ${type}`);
  const raw = inflateSync(Buffer.concat(parts));
  unfilter(raw, width * channels, height, channels);
  const pixels = new Uint32Array(width * height);
  const colours = new Uint32Array(palette.length / 3).map((_, i) => palette.readUIntBE(3 * i, 3));
  for (let y = 0, at = 0, i = 0; y < height; y++) {
    at++; // the row's filter
    for (const end = i + width; i < end; i++, at += channels)
      pixels[i] =
        type === 3 ? colours[raw[at]!]! : (raw[at]! << 16) | (raw[at + 1]! << 8) | raw[at + 2]!;
  }
  return { width, height, pixels };
}

/**
 * Undoes each row's filter, in place: a loop for each kind, for there are
 * hundreds of pictures of millions of bytes.
 */
function unfilter(raw: Buffer, line: number, height: number, channels: number): void {
  for (let y = 0; y < height; y++) {
    const start = y * (line + 1) + 1;
    const end = start + line;
    const above = line + 1; // so many bytes before
    const left = (at: number) => (at < start + channels ? 0 : raw[at - channels]!);
    const up = (at: number) => (y === 0 ? 0 : raw[at - above]!);
    const corner = (at: number) =>
      y === 0 || at < start + channels ? 0 : raw[at - above - channels]!;
    const filter = raw[start - 1];
    if (filter === 1)
      for (let at = start + channels; at < end; at++) raw[at]! += raw[at - channels]!;
    if (filter === 2 && y > 0) for (let at = start; at < end; at++) raw[at]! += raw[at - above]!;
    if (filter === 3) for (let at = start; at < end; at++) raw[at]! += (left(at) + up(at)) >> 1;
    if (filter === 4)
      for (let at = start; at < end; at++) raw[at]! += paeth(left(at), up(at), corner(at));
  }
}

function paeth(left: number, up: number, corner: number): number {
  const p = left + up - corner;
  const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** With a palette where the colours fit into one. */
export function encode({ width, height, pixels }: Image): Buffer {
  const colours = new Map<number, number>();
  for (const pixel of pixels) if (!colours.has(pixel)) colours.set(pixel, colours.size);
  const few = colours.size <= 256;
  const channels = few ? 1 : 3;
  const raw = Buffer.alloc(height * (width * channels + 1));
  let at = 0;
  for (let y = 0; y < height; y++) {
    at++; // no filter
    for (let x = 0; x < width; x++) {
      const pixel = pixels[y * width + x]!;
      if (few) raw[at++] = colours.get(pixel)!;
      else at = raw.writeUIntBE(pixel, at, 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, few ? 3 : 2], 8);
  const palette = Buffer.alloc(3 * colours.size);
  for (const [pixel, i] of colours) palette.writeUIntBE(pixel, 3 * i, 3);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...(few ? [chunk('PLTE', palette)] : []),
    chunk('IDAT', deflateSync(raw, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(name, 4, 'latin1');
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(data, crc32(head.subarray(4))), 0);
  return Buffer.concat([head, data, sum]);
}

/** Rounds colours to 17 steps a channel: files are a third as large. */
export function coarse(image: Image): Image {
  const step = (v: number) => Math.min(255, (v + 8) & ~15);
  const pixels = image.pixels.map(
    (p) => (step(p >> 16) << 16) | (step((p >> 8) & 255) << 8) | step(p & 255),
  );
  return { ...image, pixels };
}

/** Whether every channel of two pixels is within likeness of the other's. */
const near = (a: number, b: number, likeness: number) =>
  Math.abs((a >> 16) - (b >> 16)) <= likeness &&
  Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)) <= likeness &&
  Math.abs((a & 255) - (b & 255)) <= likeness;

/** Whether a's pixel at x, y has its like in b, there or beside it. */
function has(b: Image, x: number, y: number, pixel: number, likeness: number): boolean {
  for (let v = Math.max(0, y - 1); v <= Math.min(b.height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(b.width - 1, x + 1); u++)
      if (near(pixel, b.pixels[v * b.width + u]!, likeness)) return true;
  }
  return false;
}

/** How many pixels have no like in the other picture, and where: red on the faded picture. */
export function compare(a: Image, b: Image, likeness: number): { pixels: number; diff: Image } {
  const [width, height] = [Math.max(a.width, b.width), Math.max(a.height, b.height)];
  const diff: Image = { width, height, pixels: new Uint32Array(width * height).fill(0xdd0000) };
  let pixels = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x >= a.width || y >= a.height || x >= b.width || y >= b.height) {
        pixels++;
        continue;
      }
      const [ours, theirs] = [a.pixels[y * a.width + x]!, b.pixels[y * b.width + x]!];
      const alike =
        near(ours, theirs, likeness) ||
        (has(b, x, y, ours, likeness) && has(a, x, y, theirs, likeness));
      if (alike) diff.pixels[y * width + x] = 0xc0c0c0 | ((ours >> 2) & 0x3f3f3f);
      else pixels++;
    }
  }
  return { pixels, diff };
}
