// What tests of the LAN's client speak to.
import type { Message, SocketClass } from './connection.ts';
import { LanSignaler } from './lan.ts';
import type { Invite, Room, RoomEvent } from './signaling.ts';

export const origin = 'https://192.168.1.7:8443';
export const room = '0123456789ab';
export const invite: Invite = { room, server: '', fingerprint: '' };

/** A WebSocket whose other end is the test. */
export class Socket {
  static all: Socket[] = [];
  static get last(): Socket {
    const last = Socket.all.at(-1);
    if (!last) throw new Error('there is no socket yet');
    return last;
  }

  readyState = 0;
  sent: Message[] = [];
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onclose: (() => void) | undefined;

  constructor(readonly url: string) {
    Socket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Message);
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  break(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

export const signaler = (reconnect = 30_000): LanSignaler =>
  new LanSignaler({ origin, sockets: [Socket as unknown as SocketClass], reconnect });

/** A seat in a room, with what it hears. */
export async function seat(
  s = signaler(),
  role = 'callee',
): Promise<{ room: Room; socket: Socket; heard: RoomEvent[] }> {
  const entering = role === 'caller' ? s.create() : s.join(invite);
  Socket.last.open();
  Socket.last.say({ type: 'seated', room, role, token: 'secret', cert: 'print' });
  const entered = await entering;
  const heard: RoomEvent[] = [];
  entered.listen((event) => heard.push(event));
  return { room: entered, socket: Socket.last, heard };
}
