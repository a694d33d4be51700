import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, cleanName, largest, parseKnock, sizeOf } from './knock.ts';

test('names come out as on the Go side', () => {
  const file = resolve(import.meta.dirname, '../../../../backend/call/testdata/names.json');
  const names = JSON.parse(readFileSync(file, 'utf8')) as [string, string][];
  for (const [typed, clean] of names) expect(cleanName(typed), typed).toBe(clean);
});

test('whatever is said, a knock can be shown and said again', () => {
  const said = fc.oneof(
    fc.anything(),
    fc.record({ name: fc.string({ unit: 'binary' }), picture: fc.base64String() }),
    fc.record({ name: fc.string(), picture: fc.string() }),
  );
  fc.assert(
    fc.property(said, (m) => {
      const knock = parseKnock(m);
      if (!knock) return;
      expect(knock.name).toBe(cleanName(knock.name ?? ''));
      expect(Array.from(knock.name ?? '').length).toBeLessThanOrEqual(40);
      expect(parseKnock(knock)).toEqual(knock);
    }),
  );
});

test('a picture is base64 of 12,000 bytes at most', () => {
  const of = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');
  for (const n of [1, 2, 3, largest]) expect(bytesOf(of(n))).toHaveLength(n);
  for (const text of ['', 'A', 'AA', 'AAA', 'AA=A', 'A===', 'AA\n==', 'AA_A', of(largest + 1)])
    expect(bytesOf(text), text.slice(0, 20)).toBeUndefined();
  const message = { type: 'knock', name: '&'.repeat(40), picture: of(largest) };
  expect(JSON.stringify(message).length).toBeLessThanOrEqual(16 << 10);
});

const jpeg = (...segments: number[][]) => Uint8Array.from([0xff, 0xd8, ...segments.flat()]);
const app = [0xff, 0xe0, 0, 4, 1, 2];
const tables = [0xff, 0xc4, 0, 3, 0];
const frame = (marker: number) => [0xff, marker, 0, 11, 8, 0x04, 0x38, 0x07, 0x80, 1, 1, 1, 1];

test('the size of a JPEG stands in its frame header', () => {
  for (const marker of [0xc0, 0xc2])
    expect(sizeOf(jpeg(app, tables, frame(marker)))).toEqual({ width: 1920, height: 1080 });
  expect(sizeOf(jpeg(app))).toBeUndefined();
  expect(sizeOf(jpeg([0xff, 0xe0, 0, 0], frame(0xc0)))).toBeUndefined();
  expect(sizeOf(Uint8Array.from([0x89, 0x50, ...frame(0xc0)]))).toBeUndefined();
});

test('a size is read out of any bytes, or none, in the time that they take', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const size = sizeOf(jpeg([...bytes]));
      if (size) expect(Math.max(size.width, size.height)).toBeLessThan(65_536);
    }),
  );
});
