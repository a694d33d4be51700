// What the tests of rooms in Firestore begin with; each of them stands in for
// Firebase by itself: vi.mock counts in its own file.
import { afterEach, beforeEach, vi } from 'vitest';
import { FirestoreSignaler } from './firestore.ts';
import { server, type Data } from './firestorestandin.ts';
import type { Invite, Room, RoomEvent } from './signaling.ts';

export const offer = { type: 'offer', sdp: 'v=0 offer' } as const;
export const answer = { type: 'answer', sdp: 'v=0 answer' } as const;
export const candidate = (text: string) => ({ candidate: text, sdpMid: '0', sdpMLineIndex: 0 });
export const invite = (room: string): Invite => ({ room, server: '', fingerprint: '' });
export const minutes = (n: number) => vi.advanceTimersByTimeAsync(n * 60_000);
export const settled = () => vi.advanceTimersByTimeAsync(0);

export const user = () =>
  new FirestoreSignaler({ projectId: 'demo', apiKey: 'k', auth: 'anonymous' });
export const guest = () => new FirestoreSignaler({ projectId: 'demo', auth: 'none' });

export function heard(room: Room): RoomEvent[] {
  const events: RoomEvent[] = [];
  room.listen((e) => events.push(e));
  return events;
}

export async function call(callerSide = user(), calleeSide = user()) {
  const caller = await callerSide.create();
  await caller.sendDescription(offer);
  const id = caller.invite.room;
  const callee = await calleeSide.join(invite(id));
  await callee.sendDescription(answer);
  await settled();
  return { caller, callee, id, path: `rooms/${id}` };
}

export const document = (path: string): Data => server.documents.get(path) ?? {};

/** A new service, and time that the test moves, for each test of a file. */
export function inTestTime(): void {
  beforeEach(() => {
    server.reset();
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    });
    vi.setSystemTime(Math.ceil(Date.now() / 1000) * 1000); // a token's time is in whole seconds
    vi.stubGlobal('location', { origin: 'https://demo.web.app' });
    vi.stubGlobal('navigator', {});
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
