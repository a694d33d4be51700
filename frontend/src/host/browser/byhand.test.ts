import { expect, test } from 'vitest';
import { decide, learn, none, snapshotOf, type Fact, type Facts } from './facts.ts';

const begin = (role: 'caller' | 'callee'): Fact => ({ type: 'begin', role, byHand: true });
const opened: Fact = { type: 'opened', room: '', invite: '' };
const after = (...facts: Fact[]): Facts => facts.reduce((f, fact) => learn(f, fact, 0), none);
const devices = {
  microphone: { on: true },
  camera: { on: true },
  dataSaver: false,
  sharing: { on: false },
  preview: false,
};

test('a snapshot of a call by hand has a code, and no room', () => {
  const f = after(begin('caller'), opened, { type: 'described' }, { type: 'code', code: 'C' });
  expect(snapshotOf(f, devices)).toMatchObject({ state: 'waiting', code: 'C' });
  expect(snapshotOf(f, devices).room).toBeUndefined();
});

test('a callee’s ICE that gives up waits on for its answer to be carried', () => {
  const failed: Fact = { type: 'transport', transport: 'failed' };
  const answered: Fact = { type: 'answered', mendable: true };
  const callee = after(begin('callee'), opened, answered, failed);
  expect(decide(callee)).toBe('connecting');
  expect(callee.mendable).toBe(false); // nothing carries a restart
  const connected: Fact = { type: 'transport', transport: 'connected' };
  expect(decide(learn(callee, connected, 0))).toBe('connected');
  expect(decide(after(begin('caller'), opened, answered, failed))).toBe('failed');
  expect(decide(after(begin('callee'), opened, answered, connected, failed))).toBe('ended');
});
