// Rooms on the server that this page came from: the phone's client of
// backend/signaling/lan. PROTOCOL.md beside it has the messages.
//
//   create/join ──▶ connection ──▶ seated ──▶ events … ──▶ left | closed
//                       ▲                        │
//                       └── resume ◀── it broke ─┘   (5 min at most)
//
// One that broke before there was a seat is tried again, too, for 20 s: with the token that it
// chose, as the seat may be its own by then.
import {
  Connection,
  type Hello,
  type Message,
  type Socket,
  type SocketClass,
} from './connection.ts';
import {
  errorCodeOf,
  SignalingError,
  type Candidate,
  type Description,
  type Invite,
  type Role,
  type Room,
  type RoomEvent,
  type Signaler,
} from './signaling.ts';
import { StreamSocket } from './stream.ts';

export interface LanOptions {
  /** The server's origin; the page's own. */
  origin?: string;
  /** The kinds of socket to try, the first first. */
  sockets?: SocketClass[];
  /** How long a broken connection is tried again, in ms; 5 min. */
  reconnect?: number;
}

/** How long a message may wait for the server, in ms: broken connections included. */
const sendTimeout = 10_000;
const leaveTimeout = 2_000;
/** How long a seat is asked for, in ms, where connections break without a word. */
const joinTimeout = 20_000;
/** How long a connection is kept without a room, in ms: the server closes it after 30 s. */
const readyFor = 25_000;
/** How long a socket may take to open, in ms, beside a connection that is silent. */
const besideFor = 2_500;
const maxSDP = 64 << 10;
const maxPending = 512;

export class LanSignaler implements Signaler {
  readonly #options: Required<LanOptions>;
  /** Open rooms made here. */
  readonly #own = new Set<string>();
  /** The connection for the next room. */
  #ready: Socket | undefined;

  constructor(options: LanOptions = {}) {
    this.#options = {
      origin: options.origin ?? location.origin,
      // It is a WebSocket in what a Connection uses of it.
      sockets: options.sockets ?? [WebSocket, StreamSocket as unknown as SocketClass],
      reconnect: options.reconnect ?? 300_000,
    };
  }

  async create(abort?: AbortSignal): Promise<Room> {
    const room = await this.#open({ type: 'create' }, abort);
    const id = room.invite.room;
    this.#own.add(id);
    room.onOver = () => this.#own.delete(id);
    return room;
  }

  join(invite: Invite, abort?: AbortSignal): Promise<Room> {
    if (this.#own.has(invite.room)) {
      return Promise.reject(new SignalingError('own_room', 'this room was made here'));
    }
    if (invite.server !== '' && invite.server !== this.#options.origin) {
      // The page's CSP allows no other server: the link itself leads there.
      return Promise.reject(
        new SignalingError('unreachable', `open the link itself: the room is on ${invite.server}`),
      );
    }
    return this.#open({ type: 'join', room: invite.room, token: crypto.randomUUID() }, abort);
  }

  prepare(): () => void {
    const { sockets, origin } = this.#options;
    const socket = socketTo(origin, sockets);
    const drop = (): void => {
      if (this.#ready !== socket) return; // a room has it
      this.#ready = undefined;
      socket.close();
    };
    socket.onclose = drop;
    this.#ready = socket;
    setTimeout(drop, readyFor);
    return drop;
  }

  #open(hello: Hello, abort?: AbortSignal): Promise<LanRoom> {
    const ready = this.#ready;
    this.#ready = undefined;
    return new Promise((resolve, reject) => {
      const entered = (room: LanRoom): void => {
        abort?.removeEventListener('abort', stop);
        resolve(room);
      };
      const room = new LanRoom(this.#options, hello, entered, reject, ready);
      const stop = (): void => {
        void room.leave();
        reject(new SignalingError('unreachable', 'given up'));
      };
      if (abort?.aborted === true) stop();
      else abort?.addEventListener('abort', stop, { once: true });
    });
  }
}

interface Pending {
  message: Message & { n: number };
  resolve: () => void;
  reject: (error: SignalingError) => void;
  timer: ReturnType<typeof setTimeout>;
}

class LanRoom implements Room {
  role: Role = 'callee';
  invite: Invite;
  ice: RTCIceServer[] = [];
  onOver: (() => unknown) | undefined;

  readonly #options: Required<LanOptions>;
  readonly #hello: Hello;
  readonly #entered: (room: LanRoom) => void;
  readonly #refused: (error: SignalingError) => void;
  readonly #joinBy = Date.now() + joinTimeout;
  #connection: Connection;
  #token = '';
  /** How many events we have, and how many messages we have numbered. */
  #received = 0;
  #numbered = 0;
  #pending: Pending[] = [];
  /** What opens beside the connection. */
  #beside: Socket | undefined;
  #retry: { until: number; pause: number; timer: ReturnType<typeof setTimeout> } | undefined;

  #unheard: RoomEvent[] = [];
  #listener: ((event: RoomEvent) => void) | undefined;

  #leaving = false;
  #over = false;
  #left: (() => void)[] = [];

  constructor(
    options: Required<LanOptions>,
    hello: Hello,
    entered: (room: LanRoom) => void,
    refused: (error: SignalingError) => void,
    ready: Socket | undefined,
  ) {
    this.#options = options;
    this.#hello = hello;
    this.#entered = entered;
    this.#refused = refused;
    this.invite = { room: '', server: options.origin, fingerprint: '' };
    this.#connection = this.#connect(ready);
    // A closed tab is a hang-up. unload does not come on phones; this does.
    if (typeof window !== 'undefined') window.addEventListener('pagehide', this.#pageHides);
  }

  listen(listener: (event: RoomEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#unheard.splice(0)) this.#tell(event);
  }

  sendDescription(description: Description): Promise<void> {
    const { type, sdp } = description;
    if (new TextEncoder().encode(sdp).length > maxSDP) {
      return Promise.reject(new SignalingError('too_large', 'the description is too large'));
    }
    return this.#send({ type: 'description', description: { type, sdp } });
  }

  sendCandidate(candidate: Candidate): Promise<void> {
    return this.#send({
      type: 'candidate',
      candidate: {
        candidate: candidate.candidate,
        sdpMid: candidate.sdpMid ?? null,
        sdpMLineIndex: candidate.sdpMLineIndex ?? null,
        ...(typeof candidate.usernameFragment === 'string' && {
          usernameFragment: candidate.usernameFragment,
        }),
      },
    });
  }

  get heard(): number {
    return this.#connection.heard;
  }

  redial(needed?: () => boolean): void {
    if (this.#over || this.#leaving || this.#token === '') return;
    if (needed) {
      this.#lookBeside(needed);
      return;
    }
    clearTimeout(this.#retry?.timer);
    this.#connection.close();
    this.#retry = undefined;
    this.#closed(undefined, true, 0);
  }

  /**
   * Opens a socket beside a connection that is silent, and resumes by it if that is silent still.
   * A connection that is given up, and gets through after all, has the other side see us drop out.
   */
  #lookBeside(needed: () => boolean): void {
    const { sockets, origin } = this.#options;
    // Of a stream nobody knows whether it opened.
    if (this.#beside || this.#retry || (sockets[0] as unknown) === StreamSocket) return;
    const { heard } = this;
    const socket = (this.#beside = socketTo(origin, sockets));
    const drop = (): void => {
      if (this.#beside !== socket) return; // it is the room's
      this.#beside = undefined;
      socket.close();
    };
    socket.onclose = drop;
    setTimeout(drop, besideFor);
    socket.onopen = () => {
      if (!this.#over && this.heard === heard && needed()) {
        this.#beside = undefined;
        const silent = this.#connection;
        this.#connection = this.#connect(socket);
        silent.close();
      } else drop();
    };
  }

  leave(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#listener = undefined;
    return new Promise((resolve) => {
      this.#left.push(resolve);
      if (this.#leaving) return;
      this.#leaving = true;
      if (this.#token === '') clearTimeout(this.#retry?.timer);
      this.#connection.send({ type: 'leave' });
      setTimeout(() => this.#finish(), leaveTimeout);
    });
  }

  #send(message: Message): Promise<void> {
    if (this.#over || this.#leaving) {
      return Promise.reject(new SignalingError('room_closed', 'the room was closed'));
    }
    if (this.#pending.length >= maxPending) {
      return Promise.reject(new SignalingError('too_many', 'too many messages wait'));
    }
    return new Promise((resolve, reject) => {
      const numbered = { ...message, n: ++this.#numbered };
      // It stays pending after its time, for the numbers have no gaps.
      const timer = setTimeout(
        () => reject(new SignalingError('unreachable', 'the server does not answer')),
        sendTimeout,
      );
      this.#pending.push({ message: numbered, resolve, reject, timer });
      this.#connection.send(numbered);
    });
  }

  readonly #pageHides = (): void => {
    this.#connection.send({ type: 'leave' });
    this.#end({ type: 'closed', code: 'room_closed' });
  };

  #connect(ready?: Socket): Connection {
    const { sockets, origin } = this.#options;
    const hello: Hello =
      this.#token === ''
        ? this.#hello
        : {
            type: 'resume',
            room: this.invite.room,
            token: this.#token,
            received: this.#received,
          };
    const handlers = {
      seated: (message: Message) => this.#seated(message),
      message: (message: Message) => this.#message(message),
      closed: (error: SignalingError | undefined, seated: boolean) => this.#closed(error, seated),
    };
    return new Connection(sockets, urlOf(origin), hello, handlers, ready);
  }

  #seated(message: Message): void {
    this.#retry = undefined;
    this.#answerUpTo(message.received ?? 0);
    if (this.#leaving) this.#connection.send({ type: 'leave' });
    for (const p of this.#pending) this.#connection.send(p.message);
    if (this.#token !== '') return;
    this.#token = message.token ?? '';
    this.role = message.role === 'caller' ? 'caller' : 'callee';
    const { room = '', cert: fingerprint = '' } = message;
    this.invite = { room, server: this.#options.origin, fingerprint };
    this.ice = message.ice ?? [];
    this.#entered(this);
  }

  #message(m: Message): void {
    const n = m.n ?? 0;
    switch (m.type) {
      case 'ack':
        this.#answer(n);
        return;
      case 'error':
        this.#answer(n, new SignalingError(errorCodeOf(m.code), m.message ?? ''));
        return;
      case 'replaced': // by something newer: only its number counts
        this.#received = Math.max(this.#received, n);
        return;
    }
    const event = eventOf(m);
    if (event === undefined || n <= this.#received) return;
    this.#received = n;
    if (event.type === 'left' || event.type === 'closed') this.#end(event);
    else this.#tell(event);
  }

  #closed(error: SignalingError | undefined, seated: boolean, first = 200): void {
    if (this.#over) return;
    const now = Date.now();
    const entering = this.#token === '';
    const until = entering ? this.#joinBy : now + this.#options.reconnect;
    const retry = this.#retry ?? { until, pause: first, timer: 0 };
    const late = now + retry.pause > retry.until;
    if (entering && (error !== undefined || this.#leaving || late)) {
      this.#refused(error ?? new SignalingError('unreachable', 'the server cannot be reached'));
      this.#finish();
      return;
    }
    if (this.#leaving && seated && error === undefined) {
      this.#finish(); // the server's answer to our leave
      return;
    }
    const hopeless = error !== undefined && (seated || error.code !== 'too_many');
    if (hopeless || late) {
      this.#end({ type: 'closed', code: error?.code ?? 'unreachable' });
      return;
    }
    const timer = setTimeout(() => {
      this.#connection = this.#connect();
    }, retry.pause);
    this.#retry = { until: retry.until, pause: Math.min(2 * retry.pause || 200, 1_000), timer };
  }

  /** The server's answer to message n; answers come in order. */
  #answer(n: number, error?: SignalingError): void {
    if (this.#pending[0]?.message.n !== n) return;
    const p = this.#pending.shift();
    if (p === undefined) return;
    clearTimeout(p.timer);
    if (error === undefined) p.resolve();
    else p.reject(error);
  }

  #answerUpTo(n: number): void {
    while (this.#pending[0] !== undefined && this.#pending[0].message.n <= n) {
      this.#answer(this.#pending[0].message.n);
    }
  }

  #tell(event: RoomEvent): void {
    if (this.#leaving) return;
    if (this.#listener === undefined) this.#unheard.push(event);
    else this.#listener(event);
  }

  #end(last: RoomEvent): void {
    if (this.#over) return;
    this.#finish();
    this.#tell(last);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    if (typeof window !== 'undefined') window.removeEventListener('pagehide', this.#pageHides);
    clearTimeout(this.#retry?.timer);
    this.#connection.close();
    for (const p of this.#pending.splice(0)) {
      clearTimeout(p.timer);
      p.reject(new SignalingError('room_closed', 'the room was closed'));
    }
    for (const resolve of this.#left.splice(0)) resolve();
    this.onOver?.();
  }
}

const socketTo = (origin: string, sockets: SocketClass[]) =>
  new (sockets[0] ?? WebSocket)(urlOf(origin));

const urlOf = (origin: string) => origin.replace(/^http/, 'ws') + '/signaling/v1';

function eventOf(m: Message): RoomEvent | undefined {
  switch (m.type) {
    case 'description':
      return m.description && { type: 'description', description: m.description };
    case 'candidate':
      return m.candidate && { type: 'candidate', candidate: m.candidate };
    case 'presence':
      if (m.present === true) return { type: 'presence', present: true };
      return { type: 'presence', present: false, ...(m.dropped === true && { dropped: true }) };
    case 'left':
      return { type: 'left' };
    case 'closed':
      return { type: 'closed', code: errorCodeOf(m.code) };
    default:
      return undefined; // a newer server's
  }
}
