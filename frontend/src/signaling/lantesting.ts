// What tests of the LAN's client speak to.
import type { Message } from './connection.ts';

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
