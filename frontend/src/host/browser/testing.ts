// Stand-ins for what a browser has and Node has not. For tests only.
import { vi, type MockInstance } from 'vitest';
import type {
  Candidate,
  Description,
  Invite,
  Role,
  Room,
  RoomEvent,
  Signaler,
} from '../../signaling/signaling.ts';

export class FakeTrack {
  enabled = true;
  readyState: 'live' | 'ended' = 'live';
  onended: (() => void) | null = null;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly label: string,
    private readonly settings: MediaTrackSettings = {},
  ) {}

  stop(): void {
    this.readyState = 'ended';
  }

  getSettings(): MediaTrackSettings {
    return this.settings;
  }
}

export class FakeStream {
  constructor(private tracks: FakeTrack[] = []) {}

  getTracks(): FakeTrack[] {
    return this.tracks;
  }

  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter((t) => t.kind === 'video');
  }

  addTrack(t: FakeTrack): void {
    if (!this.tracks.includes(t)) this.tracks.push(t);
  }

  removeTrack(t: FakeTrack): void {
    this.tracks = this.tracks.filter((other) => other !== t);
  }
}

/** A rejection of getUserMedia. */
export const rejection = (name: string) => new DOMException('no', name);

/** navigator.mediaDevices with what can go wrong with it. */
export class FakeDevices {
  /** What asking for a kind rejects with; nothing where it works. */
  trouble: { audio?: string; video?: string } = {};
  /** What the permissions API knows. */
  denied: { microphone?: boolean; camera?: boolean } = {};
  allowed: { microphone?: boolean; camera?: boolean } = {};
  asked: string[] = [];
  tracks: FakeTrack[] = [];
  cameras = ['front', 'back'];
  /** Resolves when the user has answered the browser's question. */
  answer: Promise<void> = Promise.resolve();

  readonly permissions = {
    query: ({ name }: { name: 'microphone' | 'camera' }) =>
      Promise.resolve({
        state: this.denied[name] ? 'denied' : this.allowed[name] ? 'granted' : 'prompt',
      }),
  };

  readonly mediaDevices = {
    addEventListener: () => undefined,
    getUserMedia: async (c: MediaStreamConstraints): Promise<FakeStream> => {
      const kinds = (['audio', 'video'] as const).filter((k) => c[k]);
      this.asked.push(kinds.join('+'));
      await this.answer;
      for (const k of kinds) {
        const name = this.trouble[k];
        if (name) throw rejection(name);
      }
      const facing =
        typeof c.video === 'object' && typeof c.video.facingMode === 'object'
          ? String((c.video.facingMode as ConstrainDOMStringParameters).ideal)
          : 'user';
      const tracks = kinds.map((k) =>
        k === 'audio'
          ? new FakeTrack('audio', 'microphone')
          : new FakeTrack('video', `camera (${facing})`, { facingMode: facing }),
      );
      this.tracks.push(...tracks);
      return new FakeStream(tracks);
    },
    enumerateDevices: () =>
      Promise.resolve(
        this.cameras.map((deviceId) => ({ kind: 'videoinput', deviceId, label: deviceId })),
      ),
  };

  get running(): string[] {
    return this.tracks.filter((t) => t.readyState === 'live').map((t) => t.label);
  }
}

class FakeChannel {
  readyState = 'connecting';
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly label: string) {}
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 'closed';
  }
  open(): void {
    this.readyState = 'open';
    this.onopen?.();
  }
}

/** An RTCPeerConnection that finds a connection when the test says so. */
export class FakePeerConnection {
  static all: FakePeerConnection[] = [];
  connectionState = 'new';
  localDescription: Description | null = null;
  remote: string | undefined;
  candidates: string[] = [];
  closed = false;
  channel: FakeChannel | undefined;
  /** Resolves when the browser has understood the remote description. */
  understood: Promise<void> = Promise.resolve();
  onicecandidate: ((e: { candidate: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((e: { track: FakeTrack }) => void) | null = null;
  ondatachannel: ((e: { channel: FakeChannel }) => void) | null = null;
  readonly #transceivers = (['audio', 'video'] as const).map((kind) => this.#transceiver(kind));

  #transceiver(kind: 'audio' | 'video') {
    const sender = {
      track: null as unknown,
      streams: 0,
      most: undefined as number | undefined,
      active: true,
      setStreams: () => {
        sender.streams++;
      },
      replaceTrack: (t: unknown) => {
        sender.track = t;
        return Promise.resolve();
      },
      // As in a browser: there is nothing to set before the answer.
      getParameters: () => ({
        encodings:
          this.connectionState === 'connected'
            ? [{ maxBitrate: sender.most, active: sender.active }]
            : [],
      }),
      set: undefined as unknown,
      setParameters: (p: { encodings: { maxBitrate?: number; active?: boolean }[] }) => {
        sender.most = p.encodings[0]?.maxBitrate;
        sender.active = p.encodings[0]?.active ?? true;
        sender.set = p;
        return Promise.resolve();
      },
    };
    return { direction: 'recvonly', receiver: { track: { kind } }, sender };
  }

  constructor(public config: RTCConfiguration = {}) {
    FakePeerConnection.all.push(this);
  }

  setConfiguration(config: RTCConfiguration): void {
    this.config = config;
  }

  static get last(): FakePeerConnection {
    const pc = FakePeerConnection.all.at(-1);
    if (!pc) throw new Error('no peer connection was made');
    return pc;
  }

  /** The names of what is sent now, but for a screen. */
  get sending(): (string | undefined)[] {
    return this.#transceivers.slice(0, 2).map((t) => (t.sender.track as FakeTrack | null)?.label);
  }

  /** That of the screen, once there is a place for one. */
  get screen() {
    return this.#transceivers[2];
  }

  /** The bit/s that our picture may take at most. */
  get most(): number | undefined {
    return this.#transceivers[1]?.sender.most;
  }

  /** What becomes of sound and picture: the bit/s at most, and whether it is sent at all. */
  get encodings(): { most: number | undefined; active: boolean }[] {
    return this.#transceivers.slice(0, 2).map(({ sender: { most, active } }) => ({ most, active }));
  }

  /** How many of our tracks are in a stream. */
  get streamed(): number {
    return this.#transceivers.filter((t) => t.sender.streams === 1).length;
  }

  addTransceiver(track: FakeTrack | string, { streams = [] }: RTCRtpTransceiverInit = {}): void {
    const kind = typeof track === 'string' ? track : track.kind;
    let t = this.#transceivers.find((t) => t.receiver.track.kind === kind);
    if (t && t.sender.streams > 0) {
      t = this.#transceiver('video');
      this.#transceivers.push(t);
    }
    if (t) t.sender.streams = streams.length;
    if (t && typeof track !== 'string') t.sender.track = track;
  }

  getTransceivers() {
    return this.remote || this.localDescription ? this.#transceivers : [];
  }

  createDataChannel(label: string): FakeChannel {
    const channel = new FakeChannel(label);
    if (label === 'parley') this.channel = channel;
    return channel;
  }

  async setRemoteDescription(d: Description): Promise<void> {
    await this.understood;
    if (d.sdp === 'nonsense') throw new Error('cannot be parsed');
    this.remote = d.sdp;
    if (d.sdp.includes('screen') && !this.screen)
      this.#transceivers.push(this.#transceiver('video'));
  }

  setLocalDescription(): Promise<void> {
    const sending = this.sending.join();
    this.localDescription = this.remote
      ? { type: 'answer', sdp: `answer to ${this.remote} with ${sending}` }
      : { type: 'offer', sdp: `offer with ${sending}` };
    return Promise.resolve();
  }

  addIceCandidate(c: Candidate): Promise<void> {
    if (!this.remote) return Promise.reject(new Error('no remote description'));
    this.candidates.push(c.candidate);
    return Promise.resolve();
  }

  /** That came from the other side; undefined where the browser does not count. */
  bytesReceived: number | undefined;

  /** What the browser says besides of the call, by its ID. */
  figures: Record<string, unknown> = {};

  getStats(): Promise<Map<string, unknown>> {
    const pair = { type: 'candidate-pair', bytesReceived: this.bytesReceived };
    return Promise.resolve(new Map<string, unknown>(Object.entries({ ...this.figures, pair })));
  }

  restarts = 0;
  restartIce(): void {
    this.restarts++;
  }

  close(): void {
    this.closed = true;
    this.connectionState = 'closed';
  }

  become(state: 'connected' | 'disconnected' | 'failed'): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  /** A candidate of ours. */
  find(candidate: string): void {
    this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate, sdpMid: '0' }) } });
  }

  /** The caller's control channel arrives, open. */
  receiveChannel(): FakeChannel {
    const channel = new FakeChannel('parley');
    this.channel = channel;
    this.ondatachannel?.({ channel });
    channel.open();
    return channel;
  }
}

/** Rooms that do what the test says. */
export class FakeSignaler implements Signaler {
  rooms: FakeRoom[] = [];
  /** What opening a room rejects with. */
  trouble: unknown;
  /** The ICE servers that a room names. */
  ice: RTCIceServer[] = [];
  joined: Invite | undefined;
  /** Connections for the next room. */
  ready = 0;

  prepare(): () => void {
    this.ready++;
    return () => this.ready--;
  }

  create(): Promise<Room> {
    return this.#open('caller');
  }

  join(invite: Invite): Promise<Room> {
    this.joined = invite;
    return this.#open('callee');
  }

  get room(): FakeRoom {
    const room = this.rooms.at(-1);
    if (!room) throw new Error('no room was opened');
    return room;
  }

  #open(role: Role): Promise<Room> {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- anything may be thrown
    if (this.trouble) return Promise.reject(this.trouble);
    const room = new FakeRoom(role, this.ice);
    this.rooms.push(room);
    return Promise.resolve(room);
  }
}

export class FakeRoom implements Room {
  readonly invite: Invite = { room: '4fk29xqa07mz', server: 'https://h:8443', fingerprint: '' };
  sent: string[] = [];
  left = false;
  tell: (e: RoomEvent) => void = () => undefined;

  constructor(
    readonly role: Role,
    readonly ice: RTCIceServer[],
  ) {}

  listen(listener: (e: RoomEvent) => void): void {
    this.tell = listener;
  }

  sendDescription(d: Description): Promise<void> {
    this.sent.push(d.sdp);
    return Promise.resolve();
  }

  sendCandidate(c: Candidate): Promise<void> {
    this.sent.push(c.candidate);
    return Promise.resolve();
  }

  connections = 0;
  settled(): void {
    this.connections++;
  }

  redials = 0;
  redial(): void {
    this.redials++;
  }

  leave(): Promise<void> {
    this.left = true;
    return Promise.resolve();
  }
}

/** What a page finds in a browser; the spy is on what plays. */
export function stubBrowser(devices: FakeDevices): MockInstance<() => Promise<void>> {
  FakePeerConnection.all = [];
  vi.stubGlobal('RTCPeerConnection', FakePeerConnection);
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('navigator', devices);
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { writable: true, value: null });
  return vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
}
