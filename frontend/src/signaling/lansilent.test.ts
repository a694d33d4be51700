import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { SocketClass } from './connection.ts';
import { LanSignaler } from './lan.ts';
import { invite, origin, room, seat, Socket } from './lantesting.ts';
import { StreamSocket } from './stream.ts';

// A connection that is silent, as the call is: it may come back by itself, or the network may be
// another one, of which the browser tells nothing.

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const silent = async () => {
  const seated = await seat();
  seated.socket.say({ type: 'ping' });
  await vi.advanceTimersByTimeAsync(1_500);
  return seated;
};
const looks = async (needed = () => true) => {
  const seated = await silent();
  seated.room.redial?.(needed);
  expect(seated.socket.readyState).toBe(1); // it may come back by itself
  return { ...seated, beside: Socket.last };
};

it('gives way to one beside it that opens, which takes the seat first', async () => {
  const { socket, beside, heard } = await looks();
  socket.close = () => {
    expect(beside.sent).toEqual([{ type: 'resume', room, token: 'secret', received: 0 }]);
    socket.readyState = 3;
  };
  beside.open();
  expect(socket.readyState).toBe(3);
  beside.say({ type: 'seated', room, token: 'secret' });
  beside.say({ type: 'presence', n: 1, present: true });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(heard).toEqual([{ type: 'presence', present: true }]);
  expect([beside.readyState, Socket.all.length]).toEqual([1, 2]);
});

it('stays where it is heard before that', async () => {
  const { socket, beside } = await looks();
  await vi.advanceTimersByTimeAsync(10);
  socket.say({ type: 'ping' });
  beside.open();
  expect([socket.readyState, beside.readyState, beside.sent]).toEqual([1, 3, []]);
});

it('stays where another is needed no more', async () => {
  let needed = true;
  const { room: r, socket, beside } = await looks(() => needed);
  needed = false;
  beside.open();
  expect([socket.readyState, beside.readyState]).toEqual([1, 3]);
  void r.leave();
  expect(socket.sent.at(-1)).toEqual({ type: 'leave' });
});

it('is looked for one at a time, for 2.5 s or until it is refused', async () => {
  const { room: r, beside } = await looks();
  r.redial?.(() => true);
  expect(Socket.all).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(beside.readyState).toBe(3);
  r.redial?.(() => true);
  Socket.last.break();
  r.redial?.(() => true);
  expect(Socket.all).toHaveLength(4);
});

it('has none beside it where it is tried again anyway', async () => {
  const { room: r, socket, beside } = await looks();
  r.redial?.();
  await vi.advanceTimersByTimeAsync(1);
  const { last } = Socket;
  r.redial?.(() => true);
  expect([socket.readyState, Socket.last]).toEqual([3, last]);
  beside.open();
  expect([beside.readyState, beside.sent]).toEqual([3, []]);
});

it('has none where the browser takes a stream only, of which nobody knows whether it opened', async () => {
  const asked: unknown[] = [];
  vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
    asked.push(JSON.parse(body));
    const line = JSON.stringify({ type: 'seated', room, role: 'callee', token: 'secret' }) + '\n';
    const start = (c: ReadableStreamDefaultController) => c.enqueue(new TextEncoder().encode(line));
    return Promise.resolve(new Response(new ReadableStream({ start })));
  });
  const sockets = [StreamSocket as unknown as SocketClass];
  const r = await new LanSignaler({ origin, sockets }).join(invite);
  await vi.advanceTimersByTimeAsync(1_500);
  r.redial?.(() => true);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toHaveLength(1);
  r.redial?.();
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toHaveLength(2);
});
