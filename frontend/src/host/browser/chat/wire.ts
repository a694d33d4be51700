// The messages of the chat's channel (PROTOCOL.md, section 4).
import { maxText, problems, type FileProblem } from '../../../model/chat.ts';
import { largestPiece } from './pace.ts';

export const maxSize = 2 ** 31; // bytes of a file
const maxMessage = 32 << 10;
const header = 12; // bytes before a piece: the file's number and where the piece belongs

export type Message =
  | { type: 'hello' }
  | { type: 'text'; id: number; text: string }
  | { type: 'got' | 'done'; id: number }
  | { type: 'offer'; id: number; name: string; size: number }
  | { type: 'accept' | 'ack'; id: number; offset: number }
  | { type: 'end'; id: number; sha256: string }
  | { type: 'decline' | 'cancel'; id: number; why?: FileProblem | undefined };

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;

const isProblem = (v: unknown): v is FileProblem => problems.includes(v as FileProblem);

/** A text without what is not to be seen, but for lines and tabs. */
export const cleanText = (s: string): string =>
  s
    .replaceAll('\r\n', '\n')
    // eslint-disable-next-line no-control-regex -- these are what it takes out
    .replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '')
    .trim();

/** Characters, as both sides count them. */
export const lengthOf = (s: string): number => Array.from(s).length;

/** undefined for what cannot be read or is not known. */
export function parse(data: string): Message | undefined {
  if (data.length > maxMessage) return undefined;
  let m: Partial<Record<string, unknown>> | null;
  try {
    m = JSON.parse(data) as typeof m;
  } catch {
    return undefined;
  }
  if (typeof m !== 'object' || m === null) return undefined;
  const { type, id, offset = 0, size = 0, name = '', why } = m;
  if (type === 'hello') return { type };
  if (!isCount(id) || id < 1 || id > 0x7fffffff) return undefined;
  switch (type) {
    case 'text': {
      const text = typeof m['text'] === 'string' ? cleanText(m['text']) : '';
      return text && lengthOf(text) <= maxText ? { type, id, text } : undefined;
    }
    case 'got':
    case 'done':
      return { type, id };
    case 'offer':
      if (typeof name !== 'string' || name.length > 1024 || !isCount(size)) return undefined;
      return { type, id, name, size };
    case 'accept':
    case 'ack':
      return isCount(offset) ? { type, id, offset } : undefined;
    case 'end': {
      const sum = m['sha256'];
      if (typeof sum !== 'string' || !/^[0-9a-f]{64}$/i.test(sum)) return undefined;
      return { type, id, sha256: sum.toLowerCase() };
    }
    case 'decline':
    case 'cancel':
      return { type, id, why: isProblem(why) ? why : undefined };
    default:
      return undefined;
  }
}

/** A piece of a file, and where it belongs. */
export interface Piece {
  id: number;
  offset: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export function encodePiece({ id, offset, bytes }: Piece): ArrayBuffer {
  const all = new Uint8Array(header + bytes.length);
  const view = new DataView(all.buffer);
  view.setUint32(0, id);
  view.setBigUint64(4, BigInt(offset));
  all.set(bytes, header);
  return all.buffer;
}

export function parsePiece(data: ArrayBuffer): Piece | undefined {
  if (data.byteLength <= header || data.byteLength > header + largestPiece) return undefined;
  const view = new DataView(data);
  const offset = view.getBigUint64(4);
  if (offset > BigInt(maxSize)) return undefined;
  return { id: view.getUint32(0), offset: Number(offset), bytes: new Uint8Array(data, header) };
}
