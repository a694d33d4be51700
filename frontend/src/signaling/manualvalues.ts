// The random parts of a description, carried as bytes: values.go has the why.
import { appendHex, type Reader } from './manualreader.ts';

const maxValues = 26;
const form = { fingerprint: 0, uuid: 1, number32: 2, number64: 3, hex: 4, base64: 5 } as const;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const random = new RegExp(
  [
    '\\$',
    '\\b[0-9A-F]{2}(?::[0-9A-F]{2}){31}\\b',
    '\\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b',
    '(?:ice-ufrag:|ice-pwd:|cname:)[A-Za-z0-9+/]{4,255}',
    '\\b[1-9][0-9]{7,18}\\b',
  ].join('|'),
  'g',
);

/** Takes the random parts out of a text: "$a" stands for the first value, "$$" for a dollar. */
export function takeValues(text: string): { rest: string; values: string[] } {
  const values: string[] = [];
  const rest = text.replace(random, (found) => {
    if (found === '$') return '$$';
    const name = /^(?:ice-ufrag:|ice-pwd:|cname:)/.exec(found)?.[0] ?? '';
    const value = found.slice(name.length);
    let i = values.indexOf(value);
    if (i < 0 && values.length === maxValues) return found;
    if (i < 0) i = values.push(value) - 1;
    return `${name}$${String.fromCharCode(97 + i)}`;
  });
  return { rest, values };
}

/** The way back; undefined where the text names a value that is not there. */
export function putValues(text: string, values: string[]): string | undefined {
  let missing = 0;
  const put = text.replace(/\$.?/g, (found) => {
    if (found === '$$') return '$';
    const value = found.length === 2 ? values[found.charCodeAt(1) - 97] : undefined;
    if (value === undefined) missing++;
    return value ?? '';
  });
  return missing === 0 ? put : undefined;
}

export function appendValue(b: number[], v: string): void {
  if (/^[1-9][0-9]*$/.test(v) && v.length <= 19) {
    const n = BigInt(v);
    const wide = n >= 1n << 32n;
    b.push(wide ? form.number64 : form.number32);
    for (let shift = wide ? 56n : 24n; shift >= 0n; shift -= 8n)
      b.push(Number((n >> shift) & 255n));
  } else if (v.includes(':')) {
    b.push(form.fingerprint);
    appendHex(b, v.replaceAll(':', ''));
  } else if (v.includes('-')) {
    b.push(form.uuid);
    appendHex(b, v.replaceAll('-', ''));
  } else if (/^(?:[0-9a-f]{2})+$/.test(v)) {
    b.push(form.hex, v.length / 2);
    appendHex(b, v);
  } else appendBase64(b, v);
}

function appendBase64(b: number[], v: string): void {
  b.push(form.base64, v.length);
  let bits = 0;
  let held = 0;
  for (const c of v) {
    bits = ((bits << 6) | alphabet.indexOf(c)) & 0xffff;
    held += 6;
    if (held >= 8) b.push((bits >> (held -= 8)) & 255);
  }
  if (held > 0) b.push((bits << (8 - held)) & 255);
}

export function readValue(r: Reader): string {
  switch (r.byte()) {
    case form.fingerprint:
      return r
        .hex(32)
        .toUpperCase()
        .replace(/..(?=.)/g, '$&:');
    case form.uuid:
      return r.uuid();
    case form.number32:
      return BigInt(`0x${r.hex(4)}`).toString();
    case form.number64:
      return BigInt(`0x${r.hex(8)}`).toString();
    case form.hex:
      return r.hex(r.byte());
    case form.base64:
      return readBase64(r);
    default:
      r.failed = true;
      return '';
  }
}

function readBase64(r: Reader): string {
  const n = r.byte();
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of r.take(Math.ceil((n * 6) / 8))) {
    bits = ((bits << 8) | byte) & 0xffff;
    for (held += 8; held >= 6 && text.length < n; held -= 6) {
      text += alphabet.charAt((bits >> (held - 6)) & 63);
    }
  }
  return text;
}
