import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codes, failureOf, Problem, reasons, states } from './snapshot.ts';

const go = (file: string) =>
  readFileSync(resolve(import.meta.dirname, '../../../backend/call', file), 'utf8');

/** The string constants of a Go type: `BadRoomID Code = "bad_room_id"`. */
const constants = (source: string, type: string) =>
  [...source.matchAll(new RegExp(`^\\s+\\w+\\s+${type}\\s+= "(\\w+)"`, 'gm'))].map((m) => m[1]);

test('states, reasons and codes are those of the Go side', () => {
  expect([...states]).toEqual(constants(go('state.go'), 'State'));
  expect([...reasons]).toEqual(constants(go('state.go'), 'Reason'));
  expect([...codes]).toEqual(constants(go('errors.go'), 'Code'));
});

test('the fields of a snapshot are those of the Go side', () => {
  const struct = /type Snapshot struct \{([\s\S]*?)\n\}/.exec(go('snapshot.go'))?.[1] ?? '';
  const fields = [...struct.matchAll(/json:"(\w+)/g)].map((m) => m[1]).sort();
  const page = readFileSync(resolve(import.meta.dirname, 'snapshot.ts'), 'utf8');
  const body = /export interface Snapshot \{([\s\S]*?)\n\}/.exec(page)?.[1] ?? '';
  expect([...body.matchAll(/^ {2}(\w+)\??:/gm)].map((m) => m[1]).sort()).toEqual(fields);
});

test('a failure comes out of what a binding or an action rejects with', () => {
  const full = { code: 'room_full', message: 'two are in it' };
  expect(failureOf(JSON.stringify(full))).toEqual(full);
  expect(failureOf(new Error(JSON.stringify(full)))).toEqual(full);
  expect(failureOf(full)).toEqual(full);
  expect(failureOf(new Problem('room_full', 'two are in it'))).toEqual(full);
  expect(failureOf({ code: 'room_full' })).toEqual({ code: 'room_full', message: '' });
  expect(failureOf('boom')).toEqual({ code: 'internal', message: 'boom' });
  expect(failureOf('{boom')).toEqual({ code: 'internal', message: '{boom' });
  expect(failureOf({ code: 'made_up' }).code).toBe('internal');
});

test('whatever is thrown is a failure with a known code', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.json()), (thrown) => {
      expect(codes).toContain(failureOf(thrown).code);
    }),
  );
});
