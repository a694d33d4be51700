// The client against the real server: `go test ./backend/signaling/lan` starts
// one and runs this file.
import { afterEach, describe, expect, it } from 'vitest';
import WS from 'ws';

import type { SocketClass } from './connection.ts';
import { LanSignaler } from './lan.ts';
import { formatInvite, parseInvite, type Room, type RoomEvent } from './signaling.ts';
import { StreamSocket } from './stream.ts';

const origin = process.env['PARLEY_TEST_SERVER'] ?? '';
const sockets: { break: () => void }[] = [];

/** What a browser's would be, once its user has accepted the certificate. */
class BrowserSocket extends WS {
  constructor(url: string) {
    super(url, { origin, rejectUnauthorized: false });
    sockets.push(this);
  }

  break(): void {
    this.terminate();
  }
}

class BreakableStream extends StreamSocket {
  constructor(url: string) {
    super(url);
    sockets.push(this);
  }

  break(): void {
    this.close();
    this.onclose?.();
  }
}

/** A room's events, one after the other. */
function listen(room: Room): () => Promise<RoomEvent> {
  const heard: RoomEvent[] = [];
  let wake = (): void => undefined;
  room.listen((event) => {
    heard.push(event);
    wake();
  });
  return async () => {
    while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return heard.shift()!;
  };
}

const candidate = (n: number) => ({ candidate: `candidate:${n}`, sdpMid: '0', sdpMLineIndex: 0 });

describe('against the server', () => {
  afterEach(() => sockets.splice(0).forEach((s) => s.break()));

  it.each([
    ['WebSockets', BrowserSocket],
    ['streams', BreakableStream],
  ])('makes a call over %s', async (_, socket) => {
    const signaler = (): LanSignaler =>
      new LanSignaler({ origin, sockets: [socket as unknown as SocketClass] });
    const here = signaler();
    const caller = await here.create();
    expect(parseInvite(formatInvite(caller.invite))).toEqual(caller.invite);
    expect(caller.invite.fingerprint).toHaveLength(43);
    const early = candidate(0);
    await caller.sendCandidate(early);
    const offer = { type: 'offer', sdp: 'v=0\r\ns=<&>ä\r\n' } as const;
    await caller.sendDescription(offer);
    await expect(here.join(caller.invite)).rejects.toMatchObject({ code: 'own_room' });

    const joiner = signaler();
    joiner.prepare();
    const made = sockets.length;
    const callee = await joiner.join(caller.invite);
    expect(sockets).toHaveLength(made); // it took what was there
    await expect(signaler().join(caller.invite)).rejects.toMatchObject({ code: 'room_full' });
    const atCaller = listen(caller);
    const atCallee = listen(callee);
    expect(await atCallee()).toEqual({ type: 'presence', present: true });
    expect(await atCallee()).toEqual({ type: 'candidate', candidate: early });
    expect(await atCallee()).toEqual({ type: 'description', description: offer });
    expect(await atCaller()).toEqual({ type: 'presence', present: true });
    const answer = { type: 'answer', sdp: 'v=0\r\n' } as const;
    await expect(caller.sendDescription(offer)).rejects.toMatchObject({ code: 'refused' });
    await callee.sendDescription(answer);
    expect(await atCaller()).toEqual({ type: 'description', description: answer });
    await expect(callee.sendCandidate({ candidate: 'hello' })).rejects.toMatchObject({
      code: 'bad_message',
    });

    // The callee's connection breaks: nothing is lost, nothing comes twice.
    sockets[1]!.break();
    expect(await atCaller()).toEqual({ type: 'presence', present: false, dropped: true });
    const sends = Array.from({ length: 20 }, (_, n) =>
      Promise.all([caller.sendCandidate(candidate(n)), callee.sendCandidate(candidate(n))]),
    );
    expect(await atCaller()).toEqual({ type: 'presence', present: true });
    for (let n = 0; n < 20; n++) {
      expect(await atCallee()).toEqual({ type: 'candidate', candidate: candidate(n) });
      expect(await atCaller()).toEqual({ type: 'candidate', candidate: candidate(n) });
    }
    await Promise.all(sends);

    // Of the later offers a side that was away hears the newest.
    sockets.at(-1)!.break();
    expect(await atCaller()).toMatchObject({ type: 'presence', present: false });
    const again = (n: number) => ({ type: 'offer', sdp: `v=0\r\ns=${n}\r\n` }) as const;
    for (let n = 0; n < 3; n++) await caller.sendDescription(again(n));
    expect(await atCaller()).toEqual({ type: 'presence', present: true });
    expect(await atCallee()).toEqual({ type: 'description', description: again(2) });
    await callee.sendDescription(answer);
    expect(await atCaller()).toEqual({ type: 'description', description: answer });

    // A network that changed: the old connection is not waited for.
    // Whether the server hears first of its end or of the new one, nobody knows.
    const before = sockets.length;
    callee.redial?.();
    await callee.sendCandidate(candidate(99));
    let next = await atCaller();
    while (next.type === 'presence') next = await atCaller();
    expect(next).toEqual({ type: 'candidate', candidate: candidate(99) });
    expect(sockets.length).toBe(before + 1);

    await callee.leave();
    next = await atCaller();
    while (next.type === 'presence') next = await atCaller();
    expect(next).toEqual({ type: 'left' });
    await expect(signaler().join(caller.invite)).rejects.toMatchObject({ code: 'room_not_found' });
  });
});
