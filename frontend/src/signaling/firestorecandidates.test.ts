import { describe, expect, test, vi } from 'vitest';
import { server } from './firestorestandin.ts';
import {
  answer as plainAnswer,
  candidate,
  document,
  guest,
  heard,
  inTestTime,
  invite,
  settled,
  user,
} from './firestoretesting.ts';
import type { Description, Room, RoomEvent } from './signaling.ts';

vi.mock('firebase/app', async () => (await import('./firestorestandin.ts')).app);
vi.mock('firebase/auth', async () => (await import('./firestorestandin.ts')).auth);
vi.mock('firebase/firestore', async () => (await import('./firestorestandin.ts')).firestore);

inTestTime();

const section = 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n';
const of = (type: 'offer' | 'answer'): Description => ({
  type,
  sdp: `v=0\r\na=x-parley-more\r\n${section}`,
});
const offer = of('offer');
const answer = of('answer');
const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `candidate:${i}`);
const told = (events: RoomEvent[]): string[] =>
  events.flatMap((e) => (e.type === 'candidate' ? [e.candidate.candidate] : []));

/** Candidates as servers at several distances bring them. */
async function gather(room: Room, all: string[], ms = 30): Promise<void> {
  for (const text of all) {
    room.sendCandidate(candidate(text)).catch(() => undefined); // what counts is what is told
    await vi.advanceTimersByTimeAsync(ms);
  }
}

async function made(by = user(), description = offer): Promise<{ caller: Room; path: string }> {
  const caller = await by.create();
  await caller.sendDescription(description);
  await settled();
  return { caller, path: `rooms/${caller.invite.room}` };
}

async function joined(caller: Room, by = user(), description = answer): Promise<Room> {
  const callee = await by.join(invite(caller.invite.room));
  await callee.sendDescription(description);
  await settled();
  return callee;
}

const inOffer = (path: string): string => (document(path)['offer'] as Description).sdp;

describe('alone in the room', () => {
  test('candidates go into the offer, together, and less and less often', async () => {
    const { caller, path } = await made();
    await gather(caller, names(6));
    await vi.advanceTimersByTimeAsync(500);
    const inside = names(6).map((text) => `a=${text}\r\n`);
    for (const line of inside) expect(inOffer(path)).toContain(line);
    expect(server.count).toMatchObject({ commits: 2, writes: 2 });
    await gather(caller, ['candidate:late'], 999);
    expect(server.count.writes).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.count.writes).toBe(3);
    expect(inOffer(path)).toMatch(/^v=0\r\na=x-parley-more\r\nm=audio .*\r\na=mid:0\r\na=cand/);
    expect([...server.documents.keys()]).toEqual([path]);
  });

  test('who comes meanwhile gets them beside the offer', async () => {
    const { caller, path } = await made();
    const callee = await user().join(invite(caller.invite.room));
    const events = heard(callee);
    await gather(caller, names(2), 100);
    expect(told(events)).toEqual([]); // it can do nothing with them before it has answered
    await vi.advanceTimersByTimeAsync(400);
    expect(told(events)).toEqual(names(2));
    expect(inOffer(path)).toBe(offer.sdp);
  });

  test('who comes as they do gets them together, once its answer tells that it reads them so', async () => {
    const { caller } = await made();
    const callee = await user().join(invite(caller.invite.room));
    const events = heard(callee);
    for (const name of names(6)) await gather(caller, [name], 10);
    const { writes } = server.count;
    await callee.sendDescription(answer);
    await settled();
    expect(told(events)).toEqual(names(6));
    expect(server.count.writes - writes).toBe(2); // the answer, and one document
  });

  test('whose answer takes long gets them in few documents', async () => {
    const { caller, path } = await made();
    const callee = await user().join(invite(caller.invite.room));
    const events = heard(callee);
    await gather(caller, names(20), 120); // a slow machine
    expect(server.inside(`${path}/callerCandidates`).length).toBeLessThanOrEqual(3);
    await callee.sendDescription(answer);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told(events)).toEqual(names(20));
    expect(server.inside(`${path}/callerCandidates`).length).toBeLessThanOrEqual(4);
  });

  test('and again each by itself, where the answer tells that it reads one in a document', async () => {
    const { caller, path } = await made();
    const callee = await user().join(invite(caller.invite.room));
    await gather(caller, names(5));
    await vi.advanceTimersByTimeAsync(500);
    expect(server.inside(`${path}/callerCandidates`)).toHaveLength(1);
    await callee.sendDescription(plainAnswer);
    await settled();
    const written = server.inside(`${path}/callerCandidates`).map((p) => document(p)['candidate']);
    expect(written).toEqual(names(5));
  });

  test('also where the listener has missed that somebody came', async () => {
    const { caller, path } = await made();
    const events = heard(caller);
    await gather(caller, names(2));
    server.misses = true;
    const callee = await user().join(invite(caller.invite.room));
    server.misses = false;
    await vi.advanceTimersByTimeAsync(500);
    expect(events).toEqual([{ type: 'presence', present: true }]);
    expect(told(heard(callee))).toEqual(names(2));
    expect(inOffer(path)).toBe(offer.sdp);
  });

  test('and where the room was deleted nobody is told of them', async () => {
    const { caller, path } = await made();
    const events = heard(caller);
    await gather(caller, names(2));
    server.documents.delete(path);
    await vi.advanceTimersByTimeAsync(500);
    expect(events).toEqual([{ type: 'left' }]);
    expect(server.documents.size).toBe(0);
  });

  test('an old callee, which may have read the offer before, hears each by itself', async () => {
    const { caller, path } = await made(guest());
    await gather(caller, names(3));
    await vi.advanceTimersByTimeAsync(500);
    expect(server.count.writes).toBe(2);
    server.commit([{ op: 'update', path, data: { answer: plainAnswer } }]);
    await settled();
    const written = server.inside(`${path}/callerCandidates`).map((p) => document(p)['candidate']);
    expect(written).toEqual(names(3));
  });

  test('an offer that cannot be changed is left, and they go beside it', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    server.rules = (op) => (op === 'update' ? 'permission-denied' : undefined);
    const { caller, path } = await made();
    await gather(caller, names(2));
    await vi.advanceTimersByTimeAsync(500);
    const beside = server.inside(`${path}/callerCandidates`).map(document);
    expect(beside.map((d) => [d['candidate'], d['more']])).toEqual([names(2)]);
    expect(warn).toHaveBeenCalledOnce();
  });

  test('one that somebody has come to meanwhile, unseen, costs few documents as well', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const { caller, path } = await made();
    server.rules = (op) => (op === 'update' ? 'aborted' : undefined); // the claim was quicker
    await gather(caller, names(20), 120); // a slow machine
    expect(server.inside(`${path}/callerCandidates`).length).toBeLessThanOrEqual(4);
    server.rules = () => undefined;
    const callee = await joined(caller);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told(heard(callee))).toEqual(names(20));
    expect(server.inside(`${path}/callerCandidates`).length).toBeLessThanOrEqual(4);
  });

  test('what has no place in the offer goes beside it at once', async () => {
    const { caller, path } = await made();
    await caller.sendCandidate({ ...candidate('candidate:1'), sdpMid: '7' });
    expect(server.inside(`${path}/callerCandidates`)).toHaveLength(1);
  });
});

describe('with the other side', () => {
  test.each(['caller', 'callee'] as const)(
    'late candidates of the %s share documents',
    async (role) => {
      const { caller, path } = await made();
      const callee = await joined(caller);
      const [ours, theirs] = role === 'caller' ? [caller, callee] : [callee, caller];
      const events = heard(theirs);
      const { writes } = server.count;
      await gather(ours, names(1), 0);
      expect(told(events)).toEqual(names(1)); // the first waits for nothing
      await gather(ours, names(10).slice(1));
      await vi.advanceTimersByTimeAsync(500);
      expect(told(events)).toEqual(names(10));
      expect(server.count.writes - writes).toBeLessThanOrEqual(3);
      await theirs.leave();
      expect([...server.documents.keys()].filter((p) => p.startsWith(path))).toEqual([]);
    },
  );

  test('those of a later description wait for nothing again', async () => {
    const { caller } = await made();
    const events = heard(await joined(caller));
    await gather(caller, names(10));
    await vi.advanceTimersByTimeAsync(300); // the next commit would be 1.6 s off
    await caller.sendDescription(offer);
    await gather(caller, ['candidate:new'], 0);
    expect(told(events)).toEqual([...names(10), 'candidate:new']);
  });

  test('a call whose candidates are all late costs no more than the budget', async () => {
    const { caller } = await made();
    await gather(caller, names(10));
    await vi.advanceTimersByTimeAsync(1_000);
    const callee = await joined(caller);
    await gather(callee, names(10));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told(heard(caller))).toEqual(names(10));
    await vi.advanceTimersByTimeAsync(5_000);
    await callee.leave();
    await caller.leave();
    expect(server.documents.size).toBe(0);
    expect(server.count.writes).toBeLessThanOrEqual(7); // the desktop writes one more
    expect(server.count.deletes).toBeLessThanOrEqual(4);
  });

  test('who does not read several in a document gets each by itself', async () => {
    const { caller, path } = await made();
    const callee = await joined(caller, user(), plainAnswer);
    const events = heard(callee);
    await Promise.all(names(5).map((text) => caller.sendCandidate(candidate(text))));
    expect(server.inside(`${path}/callerCandidates`)).toHaveLength(5);
    expect(told(events)).toEqual(names(5));
  });

  test('rules that know of one alone get each by itself', async () => {
    server.rules = (op, _, data) =>
      op === 'set' && data?.['more'] ? 'permission-denied' : undefined;
    const { caller, path } = await made();
    const callee = await joined(caller);
    const events = heard(callee);
    await Promise.all(names(5).map((text) => caller.sendCandidate(candidate(text))));
    expect(server.inside(`${path}/callerCandidates`)).toHaveLength(5);
    expect(told(events)).toEqual(names(5));
  });

  test('those of two sections, or of two generations, are apart', async () => {
    const { caller, path } = await made();
    await joined(caller);
    const of = (sdpMid: string, usernameFragment: string, text: string) =>
      caller.sendCandidate({ candidate: text, sdpMid, sdpMLineIndex: 0, usernameFragment });
    await Promise.all([of('0', 'a', '1'), of('0', 'a', '2'), of('1', 'a', '3'), of('1', 'b', '4')]);
    const written = server.inside(`${path}/callerCandidates`).map(document);
    expect(written.map((d) => [d['candidate'], d['more']])).toEqual([
      ['1', '2'],
      ['3', undefined],
      ['4', undefined],
    ]);
  });

  test('of what another client writes, no more is taken than a document may hold', async () => {
    const { caller, path } = await made();
    await joined(caller);
    const events = heard(caller);
    const at = `${path}/calleeCandidates`;
    const more = names(1_000).join('\n');
    server.commit([
      { op: 'set', path: `${at}/x`, data: { ...candidate('first'), more } },
      { op: 'set', path: `${at}/y`, data: { ...candidate('second'), more: 7 } },
    ]);
    expect(told(events)).toEqual(['first', ...names(15), 'second']);
  });
});
