import { describe, expect, test, vi } from 'vitest';
import { server } from './firestorestandin.ts';
import {
  answer,
  call,
  candidate,
  heard,
  inTestTime,
  invite,
  minutes,
  offer,
  settled,
  user,
} from './firestoretesting.ts';

vi.mock('firebase/app', async () => (await import('./firestorestandin.ts')).app);
vi.mock('firebase/app-check', async () => (await import('./firestorestandin.ts')).appCheck);
vi.mock('firebase/auth', async () => (await import('./firestorestandin.ts')).auth);
vi.mock('firebase/firestore', async () => (await import('./firestorestandin.ts')).firestore);

inTestTime();

test('a listener that ends for good: the room says why', async () => {
  const one = await call();
  const expired = heard(one.caller);
  server.rules = (op) => (op === 'get' ? 'permission-denied' : undefined);
  server.break(one.path, 'permission-denied');
  await settled();
  expect(expired.at(-1)).toEqual({ type: 'closed', code: 'room_expired' });

  server.rules = () => undefined;
  const two = await call();
  const gone = heard(two.callee);
  server.documents.delete(two.path);
  server.break(`${two.path}/callerCandidates`, 'permission-denied');
  await settled();
  expect(gone.at(-1)).toEqual({ type: 'left' });
});

test('a listener that ends for good, and the room goes on: it begins anew, ever later', async () => {
  const { caller, callee, path } = await call();
  caller.settled?.();
  const events = heard(caller);
  for (const [rest, text] of [
    [1_000, 'first'],
    [2_000, 'second'],
  ] as const) {
    server.break(path, 'unauthenticated');
    server.break(`${path}/calleeCandidates`, 'permission-denied');
    await callee.sendCandidate(candidate(text));
    await callee.sendDescription({ type: 'offer', sdp: text });
    const before = events.length;
    await vi.advanceTimersByTimeAsync(rest - 1);
    expect(events.slice(before).filter((e) => e.type === 'candidate')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events.slice(before)).toContainEqual({
      type: 'candidate',
      candidate: candidate(text),
    });
    expect(events.at(-1)).not.toMatchObject({ type: 'closed' });
  }
  await caller.leave();
  server.break(path, 'unauthenticated'); // the callee's, which hears that the room is gone
  await minutes(1);
  expect(server.watching).toBe(0);
});

test('a service that is away is asked each 5 s; once it answers, the SDK connects anew', async () => {
  const { caller, callee } = await call();
  for (const side of [caller, callee]) side.settled?.(); // they do not listen anew meanwhile
  server.down = true;
  await minutes(1);
  expect(server.dials).toBe(0);
  server.down = false;
  await vi.advanceTimersByTimeAsync(4_999);
  expect(server.dials).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(server.dials).toBe(2); // each side
  await minutes(1);
  expect(server.dials).toBe(2);
  await Promise.all([caller.leave(), callee.leave()]);
  expect(vi.getTimerCount()).toBe(0);
});

test('as is one that the SDK does not hear, each 10 s', async () => {
  const { caller, callee, path } = await call();
  for (const side of [caller, callee]) side.settled?.();
  server.deaf = true; // to streams
  server.tellAway(path, true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(server.dials).toBe(2);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(server.dials).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(server.dials).toBe(4);
  server.deaf = false;
  server.tellAway(path, false);
  await minutes(1);
  expect(server.dials).toBe(4);
});

test('a service that is slow, or refuses, is there', async () => {
  const { caller, path } = await call();
  caller.settled?.();
  server.trip = 9_000;
  await minutes(1);
  server.trip = 0;
  server.rules = () => 'unauthenticated';
  await minutes(1);
  server.rules = () => undefined;
  await minutes(1);
  expect(server.dials).toBe(0);
  expect(server.documents.has(path)).toBe(true);
});

describe('a service that was started anew is heard again within 5 s', () => {
  /** Away for a while, and back as another process, which knows no listener: the SDK tells nothing of it. */
  async function startAnew(): Promise<void> {
    server.down = true;
    server.forget();
    await vi.advanceTimersByTimeAsync(20_000);
    server.down = false;
  }

  test('by who waits alone', async () => {
    const caller = await user().create();
    await caller.sendDescription(offer);
    await settled();
    const events = heard(caller);
    const { room } = caller.invite;
    await startAnew();
    await vi.advanceTimersByTimeAsync(5_000);
    const callee = await user().join(invite(room));
    await callee.sendDescription(answer);
    await settled();
    expect(events).toEqual([
      { type: 'presence', present: true },
      { type: 'description', description: answer },
    ]);
  });

  test('also where the new listener begins as somebody comes', async () => {
    const caller = await user().create();
    await caller.sendDescription(offer);
    const events = heard(caller);
    await minutes(1);
    const { room } = caller.invite;
    await startAnew();
    await vi.advanceTimersByTimeAsync(5_000);
    server.misses = true;
    await user().join(invite(room));
    server.misses = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(events).toEqual([{ type: 'presence', present: true }]);
  });

  test('by two in their call, who are told nothing twice', async () => {
    const { caller, callee } = await call();
    for (const side of [caller, callee]) side.settled?.();
    const events = heard(caller);
    await callee.sendCandidate(candidate('not needed'));
    await settled();
    const before = events.length;
    await startAnew();
    const restart = { type: 'offer', sdp: 'restart' } as const;
    await callee.sendDescription(restart);
    await callee.sendCandidate(candidate('of the new way'));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(events).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(events.slice(before)).toEqual([
      { type: 'description', description: restart },
      { type: 'candidate', candidate: candidate('of the new way') },
    ]);
    await callee.leave();
    await settled();
    expect(events.at(-1)).toEqual({ type: 'left' });
    expect(server.watching).toBe(0);
  });
});
