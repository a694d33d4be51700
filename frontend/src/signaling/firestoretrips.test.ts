// How many round trips to Firebase a page waits for, one after the other, in
// its own time. What the SDK itself adds (the lookup of a user that it knows,
// CORS, the opening of its streams), `make bench-signaling` measures.
import { expect, test, vi } from 'vitest';
import { server } from './firestorestandin.ts';
import { answer, candidate, inTestTime, invite, offer, settled, user } from './firestoretesting.ts';
import type { RoomEvent } from './signaling.ts';

vi.mock('firebase/app', async () => (await import('./firestorestandin.ts')).app);
vi.mock('firebase/auth', async () => (await import('./firestorestandin.ts')).auth);
vi.mock('firebase/firestore', async () => (await import('./firestorestandin.ts')).firestore);

inTestTime();

test('who joins signs in, reads, claims and answers', async () => {
  const caller = await user().create();
  await caller.sendDescription(offer);
  await settled();
  server.trip = 100;
  const began = performance.now();
  const trips = new Map<RoomEvent['type'], number>();
  caller.listen(({ type }) => trips.set(type, (performance.now() - began) / server.trip));
  const joining = async (): Promise<void> => {
    const callee = await user().join(invite(caller.invite.room));
    await callee.sendDescription(answer);
    await callee.sendCandidate(candidate('not in the answer'));
  };
  const joined = joining();
  await vi.advanceTimersByTimeAsync(1_000);
  await joined;
  expect(trips.get('presence')).toBeLessThanOrEqual(3);
  expect(trips.get('description')).toBeLessThanOrEqual(4);
  expect(trips.get('candidate')).toBeLessThanOrEqual(5);
});

test('who creates signs in, and writes the room with its offer', async () => {
  server.trip = 100;
  const began = performance.now();
  const creating = async (): Promise<number> => {
    const caller = await user().create();
    await caller.sendDescription(offer);
    return (performance.now() - began) / server.trip;
  };
  const created = creating();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await created).toBeLessThanOrEqual(2);
});
