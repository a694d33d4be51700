import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { invite, room, signaler, Socket } from './lantesting.ts';
import type { Room } from './signaling.ts';

// A link of 50 kbit/s that the page's own parts fill: what the server says comes seconds late,
// and it takes a phone that says nothing for gone.

const seated = { type: 'seated', room, role: 'callee', token: 'secret' };
const join = (): Promise<Room> => signaler().join(invite);

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
});

afterEach(() => vi.useRealTimers());

it('waits for the seat as long as such a link takes', async () => {
  const joining = join();
  await vi.advanceTimersByTimeAsync(9_000);
  Socket.last.open();
  await vi.advanceTimersByTimeAsync(9_000);
  Socket.last.say(seated);
  expect((await joining).role).toBe('callee');
  expect(Socket.all).toHaveLength(1);
});

it('tells the server meanwhile that it lives, and while its pings are late', async () => {
  const joining = join();
  Socket.last.open();
  await vi.advanceTimersByTimeAsync(4_400);
  expect(Socket.last.sent.slice(1)).toEqual([{ type: 'pong' }, { type: 'pong' }]);
  Socket.last.say(seated);
  await joining;
  await vi.advanceTimersByTimeAsync(4_400);
  expect(Socket.last.sent).toHaveLength(5);
  Socket.last.break(); // nothing is said any more
  await vi.advanceTimersByTimeAsync(100);
  expect(Socket.last.sent).toHaveLength(5);
});

it('says no more than its answers where pings come in time', async () => {
  const joining = join();
  Socket.last.open();
  Socket.last.say(seated);
  await joining;
  for (let n = 0; n < 5; n++) {
    await vi.advanceTimersByTimeAsync(1_000);
    Socket.last.say({ type: 'ping' });
  }
  expect(Socket.last.sent).toHaveLength(6);
});

it('asks again where a connection ends before there is a seat, for the same one', async () => {
  const joining = join();
  const first = Socket.last;
  first.open();
  first.break();
  await vi.advanceTimersByTimeAsync(200);
  expect(Socket.all).toHaveLength(2);
  Socket.last.break(); // it did not even open
  await vi.advanceTimersByTimeAsync(400);
  Socket.last.open();
  expect(Socket.last.sent).toEqual(first.sent);
  expect(first.sent[0]?.token).toMatch(/^[-0-9a-f]{36}$/);
  Socket.last.say(seated);
  expect((await joining).role).toBe('callee');
  // From then on as any other room.
  Socket.last.break();
  await vi.advanceTimersByTimeAsync(200);
  Socket.last.open();
  expect(Socket.last.sent).toEqual([{ type: 'resume', room, token: 'secret', received: 0 }]);
});

it('gives up after 20 s, and at once when its user does', async () => {
  const failing = expect(join()).rejects.toMatchObject({ code: 'unreachable' });
  for (let n = 0; n < 21; n++) {
    Socket.last.break();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  await failing;
  const tries = Socket.all.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Socket.all).toHaveLength(tries);

  const abort = new AbortController();
  const leaving = expect(signaler().join(invite, abort.signal)).rejects.toMatchObject({
    message: 'given up',
  });
  Socket.last.break();
  abort.abort();
  await leaving;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Socket.all).toHaveLength(tries + 1);
});
