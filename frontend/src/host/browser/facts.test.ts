import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLive, reasons, type Code, type Reason } from '../../model/snapshot.ts';
import { decide, learn, none, snapshotOf, type Fact, type Facts } from './facts.ts';

const devices = {
  microphone: { on: true },
  camera: { on: true },
  dataSaver: false,
  sharing: { on: false },
  preview: false,
};
const after = (...facts: Fact[]): Facts => facts.reduce((f, fact) => learn(f, fact, 0), none);

const caller: Fact = { type: 'begin', role: 'caller' };
const callee: Fact = { type: 'begin', role: 'callee' };
const opened: Fact = { type: 'opened', room: '4fk2-9xqa-07mz', invite: 'https://h/#room=1' };
const described: Fact = { type: 'described' };
const answered: Fact = { type: 'answered' };
const present: Fact = { type: 'presence', present: true };
const silent: Fact = { type: 'presence', present: false };
const dropped: Fact = { type: 'presence', present: false, dropped: true };
const to = (transport: 'connected' | 'disconnected' | 'failed'): Fact => ({
  type: 'transport',
  transport,
});
const room = (waitingRoom: boolean): Fact => ({
  type: 'door',
  set: { waitingRoom, shut: waitingRoom },
});
const letIn: Fact = { type: 'door', set: { shut: false } };
const doorShut: Fact = { type: 'door', set: { shut: true } };
const full = { code: 'room_full', message: '' } as const;
const gone = (code: Code): Fact => ({ type: 'linkGone', failure: { code, message: '' } });

describe('a call goes from state to state', () => {
  const connected = [caller, opened, described, present, answered, to('connected')];
  const knocking = [caller, opened, room(true), described, answered, to('connected')];
  test.each([
    ['idle', []],
    ['preparing', [caller]],
    ['preparing', [caller, opened]],
    ['waiting', [caller, opened, described]],
    ['waiting', [caller, opened, described, present]],
    ['waiting', [callee, opened]],
    ['connecting', [callee, opened, answered]],
    ['connecting', [callee, opened, answered, described]],
    ['connected', connected],
    ['reconnecting', [...connected, to('disconnected')]],
    ['connected', [...connected, to('disconnected'), to('connected')]],
    ['connected', [...connected, silent]],
    ['connected', [...connected, dropped]],
    ['ended', [...connected, to('failed')]],
    ['ended', [...connected, dropped, to('disconnected')]],
    ['ended', [...connected, to('disconnected'), dropped]],
    ['reconnecting', [...connected, silent, to('disconnected')]],
    ['reconnecting', [...connected, to('disconnected'), silent]],
    ['connected', [...connected, dropped, present]],
    ['reconnecting', [...connected, dropped, present, to('disconnected')]],
    ['connected', [...connected, gone('unreachable')]],
    ['ended', [...connected, gone('unreachable'), to('disconnected')]],
    ['reconnecting', [...connected, gone('room_expired'), to('disconnected')]],
    ['knocking', [...knocking]],
    ['connected', [...knocking, letIn]],
    ['connected', [...knocking, letIn, to('disconnected'), to('connected')]],
    ['reconnecting', [...knocking, to('disconnected')]],
    ['knocking', [...knocking, to('disconnected'), to('connected')]],
    ['ended', [...knocking, dropped, to('disconnected')]],
    ['connected', [caller, opened, room(true), room(false), described, answered, to('connected')]],
    ['knocking', [callee, opened, answered, to('connected'), doorShut]],
    ['failed', [callee, opened, gone('room_full')]],
    ['failed', [callee, opened, answered, to('failed')]],
    ['failed', [callee, { type: 'failed', failure: full }]],
    ['ended', [caller, { type: 'over', reason: 'hung_up' }]],
    ['preparing', [callee, { type: 'failed', failure: full }, caller]],
  ] satisfies [string, Fact[]][])('%s', (state, facts) => {
    expect(decide(after(...facts))).toBe(state);
  });
});

test.each([dropped, gone('unreachable')])(
  'a break that media outlived means nothing any more',
  (broken) => {
    const connected = after(caller, opened, described, present, answered, to('connected'));
    const lostAfter = (ms: number) =>
      decide(learn(learn(connected, broken, 1_000), to('disconnected'), 1_000 + ms));
    expect(lostAfter(9_000)).toBe('ended');
    expect(lostAfter(11_000)).toBe('reconnecting');
  },
);

test('a new call forgets the last one', () => {
  const f = after(caller, opened, described, { type: 'over', reason: 'hung_up' }, callee);
  expect(snapshotOf(f, devices)).toEqual({
    ...snapshotOf(none, devices),
    state: 'preparing',
    role: 'callee',
  });
});

test.each([
  ['declined', [caller, room(true)], 'hung_up'],
  ['declined', [caller, room(true)], 'declined'],
  ['other_hung_up', [caller, room(true)], 'other_hung_up'],
  ['other_declined', [callee, doorShut], 'other_hung_up'],
  ['other_declined', [callee, doorShut], 'declined'],
  ['hung_up', [callee, doorShut], 'hung_up'],
  ['hung_up', [caller, room(true), letIn], 'hung_up'],
] satisfies [string, Fact[], Reason][])('at the door the end is %s', (reason, before, why) => {
  const f = after(...before, opened, answered, to('connected'), { type: 'over', reason: why });
  expect(snapshotOf(f, devices).reason).toBe(reason);
});

test('the next call of a caller has a waiting room too, and a callee none', () => {
  const over: Fact = { type: 'over', reason: 'hung_up' };
  expect(after(caller, room(true), letIn, over, caller).shut).toBe(true);
  expect(after(caller, room(true), letIn, over, callee).shut).toBe(false);
});

test('what an old client does not say counts as on', () => {
  const f = after(callee, opened, answered, { type: 'other', camera: false });
  expect(f.other).toEqual({ ...none.other, present: true, cameraOn: false });
});

const anyFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.constantFrom<Fact>(caller, callee, opened, described, answered, present, silent, dropped),
  fc.constantFrom<Fact>(to('connected'), to('disconnected'), to('failed')),
  fc.constantFrom<Fact>(gone('unreachable'), gone('room_expired'), {
    type: 'failed',
    failure: full,
  }),
  fc.constantFrom(...reasons).map((reason): Fact => ({ type: 'over', reason })),
  fc.constantFrom(letIn, doorShut),
  fc.boolean().map((camera): Fact => ({ type: 'other', camera })),
);

describe('in any order of facts', () => {
  const property = (check: (facts: Facts, fact: Fact, next: Facts) => void) =>
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 25 }), (facts) => {
        let f = none;
        for (const fact of facts) {
          const next = learn(f, fact, 0);
          check(f, fact, next);
          f = next;
        }
      }),
      { numRuns: 500 },
    );

  test('a call that is over stays so until another begins', () =>
    property((f, fact, next) => {
      if (!isLive(decide(f)) && fact.type !== 'begin') expect(next).toBe(f);
    }));

  test('a call under way is not begun again', () =>
    property((f, fact, next) => {
      if (isLive(decide(f)) && fact.type === 'begin') expect(next).toBe(f);
    }));

  test('behind a shut door nobody is connected, and nothing but the door opens it', () =>
    property((f, fact, next) => {
      if (next.shut) expect(decide(next)).not.toBe('connected');
      else expect(decide(next)).not.toBe('knocking');
      if (f.shut && !next.shut) expect(['door', 'begin']).toContain(fact.type);
    }));

  test('a snapshot says why, exactly where there is a why, and names a room only while there is one', () =>
    property((_, __, next) => {
      const s = snapshotOf(next, devices);
      expect(s.reason !== undefined).toBe(s.state === 'ended');
      expect(s.failure !== undefined).toBe(s.state === 'failed');
      expect(s.room === undefined || isLive(s.state)).toBe(true);
      expect(s.room === undefined).toBe(s.invite === undefined);
      expect(s.role === undefined).toBe(s.state === 'idle');
    }));

  test('a seat that takes long is said to, until it is there', () => {
    const waited: Fact = { type: 'waited' };
    const of = (...facts: Fact[]) => snapshotOf(after(...facts), devices);
    expect(of(callee)).not.toHaveProperty('asking');
    expect(of(callee, waited)).toMatchObject({ state: 'preparing', asking: true });
    expect(of(callee, waited, opened)).not.toHaveProperty('asking');
    expect(of(callee, waited, opened, waited)).not.toHaveProperty('asking');
    const lost = [callee, waited, opened, answered, to('connected'), to('disconnected')] as const;
    expect(of(...lost)).toMatchObject({ state: 'reconnecting' });
    expect(of(...lost)).not.toHaveProperty('asking');
  });
  test('nobody is connected who was not answered, or comes back from reconnecting to connecting', () =>
    property((f, fact, next) => {
      if (decide(f) === 'reconnecting') {
        expect(['reconnecting', 'knocking', 'connected', 'ended', 'failed']).toContain(
          decide(next),
        );
      }
      if (decide(next) === 'connected' && decide(f) !== 'connected') {
        expect([to('connected'), letIn]).toContainEqual(fact);
      }
    }));
});
