import { expect, test, vi } from 'vitest';
import { server, Timestamp, type Data } from './firestorestandin.ts';
import {
  answer,
  call,
  candidate,
  document,
  heard,
  inTestTime,
  invite,
  minutes,
  offer,
  settled,
  user,
} from './firestoretesting.ts';

vi.mock('firebase/app', async () => (await import('./firestorestandin.ts')).app);
vi.mock('firebase/auth', async () => (await import('./firestorestandin.ts')).auth);
vi.mock('firebase/firestore', async () => (await import('./firestorestandin.ts')).firestore);

inTestTime();

test('an invite that nobody took ends after an hour, and leaves nothing', async () => {
  const caller = await user().create();
  await caller.sendDescription(offer);
  const events = heard(caller);
  await minutes(59);
  expect(events).toEqual([]);
  await minutes(1);
  expect(events).toEqual([{ type: 'closed', code: 'room_expired' }]);
  expect(server.documents.size).toBe(0);
});

test('a call’s room is renewed by the caller', async () => {
  const { path } = await call();
  const { writes } = server.count;
  for (let passed = 30; passed <= 300; passed += 30) {
    await minutes(30);
    expect((document(path)['expireAt'] as Timestamp).ms - Date.now()).toBe(3_600_000);
  }
  expect(server.count.writes).toBe(writes + 10);
});

test('and by the callee, where the caller does not', async () => {
  const end = Date.now() + 3_600_000;
  server.documents.set('rooms/r', { offer, expireAt: new Timestamp(end) });
  await user().join(invite('r'));
  await minutes(31);
  expect(document('rooms/r')['expireAt']).toEqual(new Timestamp(end + 31 * 60_000));
});

test('a caller that is joined late renews at once', async () => {
  const caller = await user().create();
  await caller.sendDescription(offer);
  await minutes(55);
  await user().join(invite(caller.invite.room));
  await settled();
  const path = `rooms/${caller.invite.room}`;
  expect((document(path)['expireAt'] as Timestamp).ms - Date.now()).toBe(3_600_000);
});

test('candidates of a late restart are there as long as the room, and old ones are missed by nobody', async () => {
  const left = (data: Data): number => (data['expireAt'] as Timestamp).ms - server.now();
  server.rules = (op, path, data) => {
    const isCandidate = path.includes('Candidates/');
    if (op !== 'set' || !isCandidate || !data) return undefined;
    return left(data) > 0 && left(data) <= 2 * 3_600_000 ? undefined : 'permission-denied';
  };
  const { caller, callee, path } = await call();
  const told = [heard(caller), heard(callee)] as const;
  const names: string[] = [];
  for (let passed = 0; passed < 300; passed += 25) {
    for (const side of [caller, callee]) side.settled?.();
    await minutes(25);
    const [first, second] = passed % 50 ? [caller, callee] : [callee, caller];
    const name = `after ${passed}`;
    names.push(name);
    await first.sendDescription({ ...offer, sdp: name });
    await second.sendDescription({ ...answer, sdp: name });
    for (const side of [caller, callee]) await side.sendCandidate(candidate(name));
    for (const seat of ['caller', 'callee']) {
      const all = server.inside(`${path}/${seat}Candidates`);
      const written = all.map((at) => [at, document(at)] as const);
      expect(left(written.at(-1)?.[1] ?? {})).toBeGreaterThan(25 * 60_000);
      // The TTL policy takes what is past its end.
      const over = written.filter(([, data]) => left(data) <= 0).map(([at]) => at);
      server.commit(over.map((path) => ({ op: 'delete', path })));
    }
  }
  for (const events of told) {
    const candidates = events.flatMap((e) => (e.type === 'candidate' ? [e.candidate] : []));
    expect(candidates).toEqual(names.map(candidate));
  }
  await callee.leave();
  await settled();
  expect(server.documents.size).toBe(0);
});

test.each([-180, -10, 10, 180])('a clock that is %d minutes off', async (off) => {
  server.skew = -off * 60_000;
  server.rules = (op, path, data) => {
    if (op !== 'set' || path.split('/').length !== 2) return undefined;
    const ahead = (data?.['expireAt'] as Timestamp).ms - server.now();
    return ahead <= 0 || ahead > 2 * 3_600_000 ? 'permission-denied' : undefined;
  };
  const { caller, path } = await call();
  const end = (document(path)['expireAt'] as Timestamp).ms - server.now();
  expect(end / 60_000).toBeCloseTo(60, 1);
  await caller.leave();
});
