import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FirestoreSignaler } from './firestore.ts';
import { server } from './firestorestandin.ts';

vi.mock('firebase/app', async () => (await import('./firestorestandin.ts')).app);
vi.mock('firebase/auth', async () => (await import('./firestorestandin.ts')).auth);
vi.mock('firebase/firestore', async () => (await import('./firestorestandin.ts')).firestore);

const offer = { type: 'offer', sdp: 'v=0 offer' } as const;
const settled = () => vi.advanceTimersByTimeAsync(0);
const user = () => new FirestoreSignaler({ projectId: 'demo', apiKey: 'k', auth: 'anonymous' });

/** A room with both sides in it. */
async function call(callerSide = user()) {
  const caller = await callerSide.create();
  await caller.sendDescription(offer);
  const callee = await user().join({ room: caller.invite.room, server: '', fingerprint: '' });
  await callee.sendDescription({ type: 'answer', sdp: 'v=0 answer' });
  await settled();
  return { caller, callee, path: `rooms/${caller.invite.room}` };
}

beforeEach(() => {
  server.reset();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  vi.stubGlobal('location', { origin: 'https://demo.web.app' });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A browser's storage, and its locks, of which a page that ends lets go. */
function browser() {
  const stored = new Map<string, string>();
  const held = new Set<string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, text: string) => void stored.set(key, text),
    removeItem: (key: string) => void stored.delete(key),
  });
  type Hold = (lock: object | null) => Promise<void>;
  const request = async (name: string, ...rest: unknown[]): Promise<void> => {
    const hold = rest.at(-1) as Hold;
    if (held.has(name)) return hold(null);
    held.add(name);
    await hold({}).finally(() => held.delete(name));
  };
  vi.stubGlobal('navigator', { locks: { request } });
  return { stored, endOfPage: () => held.clear() };
}

describe('a room whose page was closed', () => {
  test('is deleted by the next page of the same user, with what is in it', async () => {
    const { stored, endOfPage } = browser();
    const us = user();
    const { caller, path } = await call(us);
    await caller.sendCandidate({ candidate: '1', sdpMid: '0', sdpMLineIndex: 0 });
    await settled();
    await us.create(); // another tab: the room is in use
    await settled();
    expect(server.documents.has(path)).toBe(true);
    endOfPage();
    await us.create();
    await vi.waitFor(() => expect(stored.size).toBe(0));
    expect([...server.documents.keys()].filter((p) => p.startsWith(path))).toEqual([]);
  });

  test('is forgotten once it was deleted, by us or by the other side', async () => {
    const { stored } = browser();
    const first = await call();
    expect(stored.size).toBe(1);
    await first.caller.leave();
    expect(stored.size).toBe(0);
    const second = await call();
    second.caller.listen(() => undefined);
    await second.callee.leave();
    await settled();
    expect(stored.size).toBe(0);
  });

  test('is kept in mind while it cannot be deleted; text that is not ours does no harm', async () => {
    const { stored, endOfPage } = browser();
    stored.set('parley-rooms-demo', '{"not": "ours"}');
    const us = user();
    const room = await us.create();
    await room.sendDescription(offer);
    endOfPage();
    server.rules = (op) => (op === 'delete' ? 'unavailable' : undefined);
    vi.spyOn(console, 'warn').mockReturnValue();
    await us.create();
    await settled();
    expect(stored.get('parley-rooms-demo')).toBe(JSON.stringify([room.invite.room]));
    server.rules = () => undefined;
    await us.create();
    await vi.waitFor(() => expect(stored.size).toBe(0));
  });

  test('is deleted with what is in it also where the next page began offline', async () => {
    const { stored, endOfPage } = browser();
    const us = user();
    const { callee, path } = await call(us);
    await callee.sendCandidate({ candidate: '1', sdpMid: '0', sdpMLineIndex: 0 });
    endOfPage();
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    server.online = false;
    await us.create(); // of a user that the browser has kept
    await settled();
    server.comesBack();
    await settled();
    await us.create();
    await vi.waitFor(() => expect(stored.size).toBe(0));
    expect([...server.documents.keys()].filter((p) => p.startsWith(path))).toEqual([]);
    expect(warn).toHaveBeenCalled();
  });

  test('is deleted behind open rules too, where nobody signs in', async () => {
    const { stored, endOfPage } = browser();
    const guest = () => new FirestoreSignaler({ projectId: 'demo', auth: 'none' });
    await (await guest().create()).sendDescription(offer);
    endOfPage();
    await guest().create();
    await vi.waitFor(() => expect(stored.size).toBe(0));
    expect(server.documents.size).toBe(0);
  });

  test('is forgotten where its user is no more, and keeps no other from being deleted', async () => {
    const { stored, endOfPage } = browser();
    const us = user();
    const [lost, own] = [await us.create(), await us.create()];
    await lost.sendDescription(offer);
    await own.sendDescription(offer);
    endOfPage();
    server.rules = (_, path) => (path.includes(lost.invite.room) ? 'permission-denied' : undefined);
    await us.create();
    await vi.waitFor(() => expect(stored.size).toBe(0));
    expect([...server.documents.keys()]).toEqual([`rooms/${lost.invite.room}`]);
  });
});

test('a callee that takes its seat and never answers leaves nothing, and the caller is told', async () => {
  browser();
  const caller = await user().create();
  await caller.sendDescription(offer);
  const heard = vi.fn();
  caller.listen(heard);
  await user().join({ room: caller.invite.room, server: '', fingerprint: '' });
  await vi.advanceTimersByTimeAsync(29_999);
  expect(heard).toHaveBeenLastCalledWith({ type: 'presence', present: true });
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toHaveBeenLastCalledWith({ type: 'closed', code: 'room_expired' });
  expect([...server.documents.keys()]).toEqual([]);
});
