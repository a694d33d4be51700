// What somebody says of themselves at the door of a waiting room: the Go side's
// rules (backend/call/knock.go). Fetched when somebody knocks.
import type { Knock } from '../snapshot.ts';

const longestName = 40; // characters
/** What a picture has in bytes at most: with its name, in base64, it fits into one message. */
export const largest = 12_000;

/**
 * A name as it can be shown: one space between its words, nothing that controls
 * how a line runs and nothing unseen but the joiners that scripts need.
 */
export function cleanName(text: string): string {
  const seen = text
    .replace(/[\p{White_Space}\p{Cc}]+/gu, ' ')
    .replace(/(?![\u200c\u200d])[\p{Cf}\p{Co}\p{Cs}\ufffd]/gu, '')
    .replace(/ +/g, ' ')
    .trim();
  const name = Array.from(seen).slice(0, longestName).join('').trim();
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(name) ? name : '';
}

/** What the other side says of itself; undefined where nothing of it can be shown. */
export function parseKnock(said: unknown): Knock | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  const name = 'name' in said && typeof said.name === 'string' ? cleanName(said.name) : '';
  if (!name) return undefined;
  const picture = 'picture' in said && typeof said.picture === 'string' ? said.picture : '';
  return bytesOf(picture) ? { name, picture } : { name };
}

const base64 = /^(?:[a-z\d+/]{4})*(?:[a-z\d+/]{2}==|[a-z\d+/]{3}=)?$/i;

/** The bytes of a picture; undefined where it is too large, or no base64. */
export function bytesOf(picture: string): Uint8Array<ArrayBuffer> | undefined {
  if (!picture || picture.length > (largest / 3) * 4 || !base64.test(picture)) return undefined;
  return Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
}

/**
 * The size in a JPEG's frame header (ITU-T T.81, B.2.2): what decoding it would
 * take is known before. Undefined for what is none.
 */
export function sizeOf(jpeg: Uint8Array): { width: number; height: number } | undefined {
  const two = (at: number) => ((jpeg[at] ?? 0) << 8) | (jpeg[at + 1] ?? 0);
  if (two(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 <= jpeg.length; at += 2 + two(at + 2)) {
    const marker = two(at);
    if (marker < 0xffc0 || two(at + 2) < 2) return undefined;
    // C4, C8 and CC are tables, not frames.
    if (marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker))
      return { height: two(at + 5), width: two(at + 7) };
  }
  return undefined;
}
