import { expect, test, vi } from 'vitest';
import { server } from './firestorestandin.ts';
import { call, candidate, heard, inTestTime, minutes, settled } from './firestoretesting.ts';

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

test('a service that is away is tried each 10 s, until it is heard or the room is left', async () => {
  const { caller, callee, path } = await call();
  for (const side of [caller, callee]) side.settled?.(); // they do not listen anew meanwhile
  for (let n = 0; n < 2; n++) server.tellAway(path, true);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(server.dials).toBe(0);
  await vi.advanceTimersByTimeAsync(20_001);
  expect(server.dials).toBe(6);
  server.tellAway(path, false);
  await minutes(1);
  expect(server.dials).toBe(6);
  server.tellAway(path, true);
  await Promise.all([caller.leave(), callee.leave()]);
  await minutes(1);
  expect(server.dials).toBe(6);
});
