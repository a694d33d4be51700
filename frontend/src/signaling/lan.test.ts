import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { parse, type SocketClass } from './connection.ts';
import { LanSignaler } from './lan.ts';
import { invite, origin, room, seat, signaler, Socket } from './lantesting.ts';
import { errorCodes, type RoomEvent } from './signaling.ts';

const hello = { type: 'join', room, token: expect.any(String) as string };

const candidate = (n: number): { candidate: string; sdpMid: string; sdpMLineIndex: number } => ({
  candidate: `candidate:${n}`,
  sdpMid: '0',
  sdpMLineIndex: 0,
});

/** Two kinds of socket, and what was opened of the second. */
function kinds(): { opened: Socket[]; sockets: SocketClass[] } {
  const opened: Socket[] = [];
  class Second extends Socket {
    constructor(url: string) {
      super(url);
      opened.push(this);
    }
  }
  return { opened, sockets: [Socket, Second] as unknown as SocketClass[] };
}

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('before entering', () => {
  it('connects, and the first message does not wait for that', async () => {
    const s = signaler();
    s.prepare();
    Socket.last.open();
    expect(Socket.last.sent).toEqual([]);
    const joining = s.join(invite);
    expect(Socket.last.sent).toEqual([hello]);
    Socket.last.say({ type: 'seated', room, role: 'callee', token: 'secret' });
    await joining;
    expect(Socket.all).toHaveLength(1);
  });

  it('has what is still connecting used, too', () => {
    const s = signaler();
    s.prepare();
    void s.join(invite);
    Socket.last.open();
    expect(Socket.last.sent).toEqual([hello]);
    expect(Socket.all).toHaveLength(1);
  });

  it('lets go of it when told, and after 25 s', async () => {
    const s = signaler();
    const letGo = s.prepare();
    Socket.last.open();
    letGo();
    s.prepare();
    Socket.last.open();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(Socket.all.map((x) => x.readyState)).toEqual([3, 3]);
    void s.join(invite);
    expect(Socket.all).toHaveLength(3);
  });

  it('leaves alone what a room has taken', async () => {
    const s = signaler();
    const letGo = s.prepare();
    Socket.last.open();
    const joining = s.join(invite);
    Socket.last.say({ type: 'seated', room, role: 'callee', token: 'secret' });
    await joining;
    letGo();
    for (let n = 0; n < 30; n++) {
      Socket.last.say({ type: 'ping' });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(Socket.last.readyState).toBe(1);
    expect(Socket.all).toHaveLength(1);
    void s.join(invite); // the next one has its own
    expect(Socket.all).toHaveLength(2);
  });

  it('forgets one that the server has closed', () => {
    const s = signaler();
    s.prepare();
    Socket.last.open();
    Socket.last.break();
    void s.join(invite);
    expect(Socket.all).toHaveLength(2);
  });

  it('goes on to the next kind where it does not open after all', () => {
    class Second extends Socket {}
    const sockets = [Socket, Second] as unknown as SocketClass[];
    const s = new LanSignaler({ origin, sockets });
    s.prepare();
    void s.join(invite);
    Socket.last.break();
    expect(Socket.last).toBeInstanceOf(Second);
    Socket.last.open();
    expect(Socket.last.sent).toEqual([hello]);
  });
});

describe('entering', () => {
  it('creates a room', async () => {
    const { room: entered, socket } = await seat(signaler(), 'caller');
    expect(socket.url).toBe('wss://192.168.1.7:8443/signaling/v1');
    expect(socket.sent).toEqual([{ type: 'create' }]);
    expect(entered.role).toBe('caller');
    expect(entered.invite).toEqual({ room, server: origin, fingerprint: 'print' });
  });

  it('joins a room', async () => {
    const { room: entered, socket } = await seat();
    expect(socket.sent).toEqual([hello]);
    expect(entered.role).toBe('callee');
  });

  it.each(errorCodes)('is refused with %s', async (code) => {
    const joining = signaler().join(invite);
    Socket.last.open();
    Socket.last.say({ type: 'error', code, message: 'no' });
    await expect(joining).rejects.toMatchObject({ code, message: 'no' });
    expect(Socket.all).toHaveLength(1);
  });

  it('gives up on a server that does not answer', async () => {
    const waiting = expect(signaler().join(invite)).rejects.toMatchObject({ code: 'unreachable' });
    await vi.advanceTimersByTimeAsync(25_000);
    await waiting;
  });

  it('tries the next kind of socket where one does not open, and keeps to it', async () => {
    const { opened, sockets } = kinds();
    const joining = new LanSignaler({ origin, sockets }).join(invite);
    Socket.last.break();
    expect(opened).toHaveLength(1);
    Socket.last.open();
    Socket.last.say({ type: 'seated', room, role: 'callee', token: 'secret' });
    await joining;
    Socket.last.break();
    await vi.advanceTimersByTimeAsync(200);
    expect(opened).toHaveLength(2);
    expect(Socket.all).toHaveLength(3);
  });

  it('tries no other kind once one worked: a network that just changed refuses it for a moment', async () => {
    const { opened, sockets } = kinds();
    const { room: r } = await seat(new LanSignaler({ origin, sockets }));
    r.redial?.();
    await vi.advanceTimersByTimeAsync(1);
    Socket.last.break();
    await vi.advanceTimersByTimeAsync(200);
    expect([opened, Socket.all.length]).toEqual([[], 3]);
  });

  it('has the ICE servers that the server names, those that can be used', async () => {
    const joining = signaler().join(invite);
    Socket.last.open();
    const turn = { urls: ['turn:h:1?transport=tcp'], username: '1:a', credential: 'c' };
    const ice = [turn, { urls: ['gopher:h'] }, 'x'];
    Socket.last.say({ type: 'seated', room, role: 'callee', token: 'secret', ice });
    expect((await joining).ice).toEqual([turn]);
  });

  it('can be aborted, and gives the seat back', async () => {
    const abort = new AbortController();
    const joining = signaler().join(invite, abort.signal);
    Socket.last.open();
    abort.abort();
    await expect(joining).rejects.toMatchObject({ code: 'unreachable' });
    expect(Socket.last.sent.at(-1)).toEqual({ type: 'leave' });
  });

  it('does not leave a room by an abort that comes after it', async () => {
    const abort = new AbortController();
    const joining = signaler().join(invite, abort.signal);
    Socket.last.open();
    Socket.last.say({ type: 'seated', room, role: 'callee', token: 'secret' });
    await joining;
    abort.abort();
    expect(Socket.last.sent).toHaveLength(1);
  });

  it('refuses the own room while it lasts, and the room of another server', async () => {
    const s = signaler();
    const { socket } = await seat(s, 'caller');
    await expect(s.join(invite)).rejects.toMatchObject({ code: 'own_room' });
    socket.say({ type: 'left', n: 1 });
    await expect(s.join({ room, server: 'https://other', fingerprint: '' })).rejects.toMatchObject({
      code: 'unreachable',
    });
    void s.join(invite);
    expect(Socket.all).toHaveLength(2);
  });
});

describe('events', () => {
  it('come in order, from the beginning, once', async () => {
    const joining = signaler().join(invite);
    Socket.last.open();
    Socket.last.say({ type: 'seated', room, role: 'callee', token: 'secret' });
    Socket.last.say({ type: 'presence', n: 1, present: true });
    Socket.last.say({ type: 'candidate', n: 2, candidate: candidate(1) });
    const entered = await joining;
    const heard: RoomEvent[] = [];
    entered.listen((event) => heard.push(event));
    const description = { type: 'offer', sdp: 'v=0\r\n' };
    Socket.last.say({ type: 'description', n: 3, description });
    Socket.last.say({ type: 'candidate', n: 2, candidate: candidate(1) });
    Socket.last.say({ type: 'news', n: 4 });
    Socket.last.say({ type: 'closed', n: 5, code: 'room_expired', message: '…' });
    Socket.last.say({ type: 'left', n: 6 });
    expect(heard).toEqual([
      { type: 'presence', present: true },
      { type: 'candidate', candidate: candidate(1) },
      { type: 'description', description },
      { type: 'closed', code: 'room_expired' },
    ]);
    await expect(entered.sendCandidate(candidate(2))).rejects.toMatchObject({
      code: 'room_closed',
    });
  });

  it('tell a dropped connection from a silent one', async () => {
    const { socket, heard } = await seat();
    socket.say({ type: 'presence', n: 1, present: false });
    socket.say({ type: 'presence', n: 2, present: true, dropped: true });
    socket.say({ type: 'presence', n: 3, present: false, dropped: true });
    socket.say({ type: 'presence', n: 4, present: false, dropped: 'yes' });
    expect(heard).toEqual([
      { type: 'presence', present: false },
      { type: 'presence', present: true },
      { type: 'presence', present: false, dropped: true },
      { type: 'presence', present: false },
    ]);
  });

  it('end with what the other side does', async () => {
    const { socket, heard } = await seat();
    socket.say({ type: 'left', n: 1 });
    expect(heard).toEqual([{ type: 'left' }]);
    socket.break();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.all).toHaveLength(1);
  });

  it.each(['{', '[]', '{}', '7', new ArrayBuffer(3)])(
    'survive a server that says %s',
    async (data) => {
      const { socket, heard } = await seat();
      socket.onmessage?.({ data });
      expect(heard).toEqual([{ type: 'closed', code: 'bad_message' }]);
    },
  );

  it('leave out what has the wrong shape', () => {
    expect(
      parse('{"type":"x","n":-1,"room":7,"description":{"type":"rollback","sdp":""}}'),
    ).toEqual({
      type: 'x',
    });
  });
});

describe('sending', () => {
  it('waits for the answer', async () => {
    const { room: entered, socket } = await seat();
    const first = entered.sendDescription({ type: 'answer', sdp: 'v=0\r\n' });
    const second = expect(entered.sendCandidate(candidate(1))).rejects.toMatchObject({
      code: 'too_many',
    });
    expect(socket.sent.slice(1)).toEqual([
      { type: 'description', n: 1, description: { type: 'answer', sdp: 'v=0\r\n' } },
      { type: 'candidate', n: 2, candidate: candidate(1) },
    ]);
    socket.say({ type: 'ack', n: 1 });
    socket.say({ type: 'error', n: 2, code: 'too_many', message: 'no' });
    await first;
    await second;
  });

  it('is bounded in size, number and time', async () => {
    const { room: entered } = await seat();
    const sdp = 'v=0\r\n' + 'ä'.repeat(40_000);
    await expect(entered.sendDescription({ type: 'answer', sdp })).rejects.toMatchObject({
      code: 'too_large',
    });
    const sends = Array.from({ length: 513 }, (_, n) =>
      entered.sendCandidate(candidate(n)).catch((e: unknown) => (e as { code: string }).code),
    );
    expect(await sends[512]).toBe('too_many');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await sends[0]).toBe('unreachable');
  });

  it('answers pings', async () => {
    const { socket } = await seat();
    socket.say({ type: 'ping' });
    expect(socket.sent.at(-1)).toEqual({ type: 'pong' });
  });
});

describe('a broken connection', () => {
  it('is taken up again without loss or repetition', async () => {
    const { room: entered, socket, heard } = await seat();
    socket.say({ type: 'presence', n: 1, present: true });
    const sends = [1, 2, 3].map((n) => entered.sendCandidate(candidate(n)));
    socket.say({ type: 'ack', n: 1 });
    socket.break();
    sends.push(entered.sendCandidate(candidate(4)));
    await vi.advanceTimersByTimeAsync(200);
    expect(Socket.all).toHaveLength(2);
    const again = Socket.last;
    again.open();
    expect(again.sent).toEqual([{ type: 'resume', room, token: 'secret', received: 1 }]);
    again.say({ type: 'seated', room, role: 'callee', token: 'secret', received: 2 });
    expect(again.sent.slice(1).map((m) => m.n)).toEqual([3, 4]);
    again.say({ type: 'ack', n: 3 });
    again.say({ type: 'ack', n: 4 });
    await Promise.all(sends);
    again.say({ type: 'presence', n: 2, present: false });
    expect(heard).toHaveLength(2);
  });

  it('is noticed by silence', async () => {
    const { socket } = await seat();
    await vi.advanceTimersByTimeAsync(5_000);
    socket.say({ type: 'ping' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(Socket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_300);
    expect(Socket.all).toHaveLength(2);
  });

  it('is given up after a while', async () => {
    const { socket, heard } = await seat();
    socket.break();
    for (let n = 0; n < 100; n++) {
      await vi.advanceTimersByTimeAsync(400);
      if (Socket.last.readyState === 0) Socket.last.break();
    }
    expect(heard).toEqual([{ type: 'closed', code: 'unreachable' }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(['room_closed', 'room_expired'])('ends where the server says %s', async (code) => {
    const { socket, heard } = await seat();
    socket.break();
    await vi.advanceTimersByTimeAsync(200);
    Socket.last.open();
    Socket.last.say({ type: 'error', code, message: 'no' });
    expect(heard).toEqual([{ type: 'closed', code }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.all).toHaveLength(2);
  });

  it('is tried again where the server is busy', async () => {
    const { socket, heard } = await seat();
    socket.break();
    await vi.advanceTimersByTimeAsync(200);
    Socket.last.open();
    Socket.last.say({ type: 'error', code: 'too_many', message: 'no' });
    await vi.advanceTimersByTimeAsync(400);
    expect(Socket.all).toHaveLength(3);
    expect(heard).toEqual([]);
  });
});

describe('leaving', () => {
  it('tells the server and waits for it', async () => {
    const { room: entered, socket, heard } = await seat();
    const send = expect(entered.sendCandidate(candidate(1))).rejects.toMatchObject({
      code: 'room_closed',
    });
    const left = entered.leave();
    expect(socket.sent.at(-1)).toEqual({ type: 'leave' });
    socket.say({ type: 'presence', n: 1, present: false });
    socket.break();
    await left;
    await send;
    await entered.leave();
    expect(heard).toEqual([]);
  });

  it('takes 2 s at most', async () => {
    const { room: entered } = await seat();
    const left = Promise.all([entered.leave(), entered.leave()]);
    await vi.advanceTimersByTimeAsync(2_000);
    await left;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes after the connection is back', async () => {
    const { room: entered, socket } = await seat();
    socket.break();
    const left = entered.leave();
    await vi.advanceTimersByTimeAsync(200);
    Socket.last.open();
    Socket.last.say({ type: 'seated', room, role: 'callee', token: 'secret' });
    expect(Socket.last.sent.at(-1)).toEqual({ type: 'leave' });
    Socket.last.break();
    await left;
  });

  it('happens when the page is closed', async () => {
    const page = new EventTarget();
    vi.stubGlobal('window', page);
    const { socket, heard } = await seat();
    page.dispatchEvent(new Event('pagehide'));
    expect(socket.sent.at(-1)).toEqual({ type: 'leave' });
    expect(heard).toEqual([{ type: 'closed', code: 'room_closed' }]);
  });
});
