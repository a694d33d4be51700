// One WebSocket to the room server: hello, a seat, and then messages until it
// breaks. It keeps watch, too: a browser notices a dead network late.
import { validServers } from './ice.ts';
import { errorCodeOf, SignalingError } from './signaling.ts';
import type { Candidate, Description } from './signaling.ts';

/** Every message of the protocol; PROTOCOL.md tells which fields each type has. */
export interface Message {
  type: string;
  n?: number;
  room?: string;
  role?: string;
  token?: string;
  received?: number;
  cert?: string;
  ice?: RTCIceServer[];
  description?: Description;
  candidate?: Candidate;
  present?: boolean;
  dropped?: boolean;
  code?: string;
  message?: string;
}

/** The first message. */
export type Hello = Message & { type: 'create' | 'join' | 'resume' };

export interface Handlers {
  seated: (message: Message) => void;
  message: (message: Message) => void;
  /** Once, unless close was called. The error is the server's, if it said one. */
  closed: (error: SignalingError | undefined, seated: boolean) => void;
}

/** A WebSocket, or what looks like one. */
export type SocketClass = new (
  url: string,
) => Pick<
  WebSocket,
  'readyState' | 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose' | 'onerror'
>;

export type Socket = InstanceType<SocketClass>;

/**
 * In ms. The server pings every second, and takes who says nothing for 4.5 s for gone: on a link
 * that is full its pings come late, and who answers only would say nothing.
 */
const openTimeout = 10_000;
const resumeTimeout = 5_000; // what began on a network that is gone gets through ever later
const deadAfter = 6_000;
const aliveEvery = 2_000;

const patienceOf = (hello: Hello) => (hello.type === 'resume' ? resumeTimeout : openTimeout);

export class Connection {
  #socket: Socket;
  readonly #handlers: Handlers;
  /** When the server last said something, as Date.now has it. */
  heard = 0;
  #seated = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #alive: ReturnType<typeof setTimeout> | undefined;

  /**
   * Where one kind of socket does not open, the next is tried; one that works is the only one from
   * then on: a network that just changed refuses it for a moment, and the next would wait for what
   * is gone. One of the first kind may be there already, open or about to be.
   */
  constructor(
    sockets: SocketClass[],
    url: string,
    hello: Hello,
    handlers: Handlers,
    ready?: Socket,
  ) {
    this.#handlers = handlers;
    this.#watch(patienceOf(hello));
    this.#socket = this.#dial(sockets, 0, url, hello, ready);
  }

  #dial(sockets: SocketClass[], n: number, url: string, hello: Hello, ready?: Socket): Socket {
    const Kind = sockets[n];
    if (Kind === undefined) throw new RangeError('no kind of socket');
    const socket = ready ?? new Kind(url);
    let opened = false;
    const open = (): void => {
      opened = true;
      if (this.#closed) return;
      this.#watch(patienceOf(hello)); // it is slow, but there
      this.#say(hello, socket);
    };
    if (socket.readyState === 1) open();
    else socket.onopen = open;
    socket.onmessage = (event: MessageEvent<unknown>) => {
      sockets.splice(0, sockets.length, Kind);
      this.#hear(event.data);
    };
    const broke = (): void => {
      if (socket !== this.#socket || this.#closed) return;
      if (opened || n + 1 >= sockets.length) this.#end();
      else this.#socket = this.#dial(sockets, n + 1, url, hello);
    };
    socket.onclose = broke;
    socket.onerror = broke;
    return socket;
  }

  /** Sends if there is a seat. What is lost is sent again after the next one. */
  send(message: Message): void {
    const leave = message.type === 'leave'; // that also gives a seat back
    if (!this.#closed && (this.#seated || leave) && this.#socket.readyState === 1) {
      this.#say(message);
    }
  }

  #say(message: Message, socket = this.#socket): void {
    socket.send(JSON.stringify(message));
    clearTimeout(this.#alive);
    this.#alive = setTimeout(() => this.#say({ type: 'pong' }), aliveEvery);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#alive);
    this.#socket.close();
  }

  #hear(data: unknown): void {
    if (this.#closed) return;
    this.heard = Date.now();
    const message = parse(data);
    if (message === undefined) {
      this.#end(new SignalingError('bad_message', 'the server speaks another protocol'));
    } else if (message.type === 'error' && message.n === undefined) {
      this.#end(new SignalingError(errorCodeOf(message.code), message.message ?? ''));
    } else if (this.#seated) {
      this.#watch();
      if (message.type === 'ping') this.send({ type: 'pong' });
      else this.#handlers.message(message);
    } else if (message.type === 'seated') {
      this.#seated = true;
      this.#watch();
      this.#handlers.seated(message);
    }
  }

  #watch(patience = deadAfter): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), patience);
  }

  #end(error?: SignalingError): void {
    if (this.#closed) return;
    this.close();
    this.#handlers.closed(error, this.#seated);
  }
}

/** Undefined where it is none of ours; what has the wrong shape inside is left out. */
export function parse(data: unknown): Message | undefined {
  if (typeof data !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value['type'] !== 'string') return undefined;
  const m: Message = { type: value['type'] };
  for (const key of ['n', 'received'] as const) {
    const number = value[key];
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) m[key] = number;
  }
  for (const key of ['room', 'role', 'token', 'cert', 'code', 'message'] as const) {
    const text = value[key];
    if (typeof text === 'string') m[key] = text;
  }
  for (const key of ['present', 'dropped'] as const) {
    const flag = value[key];
    if (typeof flag === 'boolean') m[key] = flag;
  }
  if ('ice' in value) m.ice = validServers(value['ice']);
  const description = value['description'];
  if (isObject(description) && typeof description['sdp'] === 'string') {
    const type = description['type'];
    if (type === 'offer' || type === 'answer') m.description = { type, sdp: description['sdp'] };
  }
  const candidate = value['candidate'];
  if (isObject(candidate) && typeof candidate['candidate'] === 'string') {
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
    m.candidate = {
      candidate: candidate['candidate'],
      sdpMid: typeof sdpMid === 'string' ? sdpMid : null,
      sdpMLineIndex: typeof sdpMLineIndex === 'number' ? sdpMLineIndex : null,
      ...(typeof usernameFragment === 'string' ? { usernameFragment } : {}),
    };
  }
  return m;
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}
