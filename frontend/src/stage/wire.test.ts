import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { hello, outcome, parse, report, shown, want } from './wire';

// The Go side's tests read the same file.
const golden = JSON.parse(
  readFileSync(new URL('../../../backend/bridge/testdata/wire.json', import.meta.url), 'utf8'),
) as Record<string, string>;

function bytes(hex: string): ArrayBuffer {
  return Uint8Array.from(hex.match(/../g) ?? [], (h) => parseInt(h, 16)).buffer;
}

function message(name: string): ArrayBuffer {
  return bytes(golden[name] ?? '');
}

function hex(b: Uint8Array): string {
  return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
}

describe('parse', () => {
  it('reads frames', () => {
    expect(parse(message('frame h264'))).toEqual({
      kind: 'frame',
      track: 'remote',
      key: true,
      codec: 'h264',
      sequence: 0x01020304,
      written: 1767225600123.456,
      present: 1767225600163.456,
      width: 1280,
      height: 720,
      data: new Uint8Array([0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0xaa]),
    });
    expect(parse(message('frame vp8'))).toMatchObject({
      track: 'local',
      key: false,
      codec: 'vp8',
      present: 0,
    });
    expect(parse(message('frame rgba'))).toMatchObject({
      track: 'local',
      codec: 'rgba',
      width: 2,
      height: 1,
      data: new Uint8Array([10, 20, 30, 255, 40, 50, 60, 255]),
    });
  });

  it('reads clear', () => {
    expect(parse(message('clear'))).toEqual({ kind: 'clear', track: 'remote' });
  });

  it.each([
    ['nothing', ''],
    ['another version', '0202'],
    ['an unknown type', '0110'],
    ['a clear with a tail', `${golden['clear'] ?? ''}00`],
    ['a clear without a name', '010200'],
    ['a frame without data', (golden['frame vp8'] ?? '').slice(0, -2)],
    ['a frame cut in its header', (golden['frame vp8'] ?? '').slice(0, 20)],
    ['an unknown codec', (golden['frame vp8'] ?? '').replace(/^01010001/, '01010004')],
    ['no codec', (golden['frame vp8'] ?? '').replace(/^01010001/, '01010000')],
    ['pixels of another size', (golden['frame rgba'] ?? '').slice(0, -2)],
  ])('refuses %s', (_, text) => {
    expect(() => parse(bytes(text))).toThrow(/bridge/);
  });

  it('takes any bytes without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(0, 1, 2), (b, type) => {
        if (type > 0) b.set([1, type].slice(0, b.length));
        const copy = new Uint8Array(b);
        try {
          const m = parse(copy.buffer);
          expect(m.track).not.toBe('');
        } catch (e) {
          expect((e as Error).message).toMatch(/bridge/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('messages of the page', () => {
  it('are as the program reads them', () => {
    expect(hex(hello())).toBe(golden['hello']);
    expect(hex(want('remote', 7))).toBe(golden['want']);
    expect(hex(shown('local', 200, 125))).toBe(golden['shown']);
    expect(hex(shown('local', 1e6, 1e6)).slice(0, 12)).toBe('0113ffffffff');
    expect(hex(report('local', 0x01020304, outcome.skipped))).toBe(golden['report']);
  });
});
