// The browser's RTCPeerConnection in a call: three transceivers, of which the last is
// for a screen and rests until one is shared (sharing.ts), and the control channel. Candidates go both ways as they come, and never get lost:
//
//	theirs early ── queue ── setRemoteDescription ── flush, in order
//	ours early ──── queue ── our description is in the room ── flush, in order
//
// Later descriptions look for a new way (ICE restart). Who gives way when both
// sides offer, and which answer is late, is in PROTOCOL.md, section 1.
import type { Role } from '../../model/snapshot.ts';
import type { Candidate, Description } from '../../signaling/signaling.ts';
import type { TalkLater } from './talk.ts';
import type { SaidState, Transport } from './facts.ts';

type Kind = 'audio' | 'video';

/** What two Parleys tell each other beside the media; other types are for later. */
export type Control =
  | ({ type: 'state' } & SaidState)
  | { type: 'bye' }
  /** From here on not looked into yet. */
  | ({ type: 'words' } & WordsMessage)
  | { type: 'door'; open?: unknown }
  | { type: 'knock' };

/** One message of the exchange that the words are made by: one field is there. */
export interface WordsMessage {
  commit?: string;
  nonce?: string;
}

export interface PeerEvents {
  candidate(c: Candidate): void;
  transport(t: Transport): void;
  /** The other side's pictures and sound. */
  stream(s: MediaStream): void;
  /** The control channel can be written to. */
  open(): void;
  control(c: Control): void;
  /** The other side closed the connection on purpose. */
  shut(): void;
}

const label = 'parley';
const chatLabel = 'parley-chat';
const largest = 16 << 10; // characters of a control message
const leanSound = 16_000; // bit/s
const heardAttribute = 'x-parley-heard';
const maxWaiting = 200; // candidates
/** How long a description may wait for candidates to travel inside of it, in ms. */
export const hostGathering = 100;

export class Peer {
  readonly #remote = new MediaStream();
  /** Names our tracks as one stream: what the other side plays in step, and old clients look for. */
  readonly #stream = new MediaStream();
  #channel: RTCDataChannel | undefined;
  #theirs: Candidate[] = [];
  #ours: Candidate[] | undefined = [];
  #closed = false;

  /** The ufrag of the other side's description that was taken last. */
  #taken: string | undefined;
  /** Its certificate, as its first description names it. */
  #named: string | undefined;
  /** The ufrag of our later offer that waits for its answer. */
  #open = '';
  /** The other side answers later offers. */
  able = false;
  /** Takes the channel for texts and files, and each that comes in its place. */
  talk: TalkLater | undefined;
  /** One description at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly role: Role,
    private readonly pc: RTCPeerConnection,
    private readonly track: (kind: Kind) => MediaStreamTrack | null,
    private readonly on: PeerEvents,
    /** In ms; 0 where each candidate may as well travel by itself. */
    private readonly gathering: number,
  ) {
    this.pc.onicecandidate = ({ candidate }) => {
      // An empty candidate says "no more", which nobody needs to hear.
      if (candidate?.candidate)
        this.#sendCandidate({ ...candidate.toJSON(), candidate: candidate.candidate });
    };
    this.pc.onconnectionstatechange = () => {
      const state = this.pc.connectionState;
      if (this.#closed || state === 'new' || state === 'connecting' || state === 'closed') return;
      on.transport(state);
    };
    this.pc.ontrack = ({ track }) => {
      if (track === this.screen?.receiver.track) return;
      this.#remote.addTrack(track);
      on.stream(this.#remote);
    };
    if (role === 'caller') this.#useChannel(this.pc.createDataChannel(label));
    else {
      this.pc.ondatachannel = ({ channel }) => {
        if (channel.label === label && !this.#channel) this.#useChannel(channel);
        else if (channel.label === chatLabel) this.talk?.use(channel);
        else channel.close();
      };
    }
  }

  /** The offer, as caller. */
  async offer(): Promise<Description> {
    this.openChat();
    for (const track of [
      this.track('audio') ?? 'audio',
      this.track('video') ?? 'video',
      'video', // a screen
    ]) {
      this.pc.addTransceiver(track, { direction: 'sendrecv', streams: [this.#stream] });
    }
    await this.pc.setLocalDescription();
    await this.#gatherHosts();
    return this.#local('none');
  }

  /** The answer to an offer, as callee, with our tracks in it. */
  async answer(offer: Description): Promise<Description> {
    await this.#setTheirs(offer);
    const { screen } = this;
    // Also without a track: a camera that is turned on later needs no new offer.
    for (const transceiver of [this.#transceiver('audio'), this.#transceiver('video'), screen]) {
      if (!transceiver) continue;
      transceiver.direction = 'sendrecv';
      transceiver.sender.setStreams(this.#stream);
    }
    // The browser does these in order, and each takes it a while.
    await Promise.all([
      ...(['audio', 'video'] as const).map((kind) =>
        this.#transceiver(kind)?.sender.replaceTrack(this.track(kind)),
      ),
      this.pc.setLocalDescription(),
    ]);
    this.#take(offer);
    await this.#gatherHosts();
    return this.#local();
  }

  /** The other side's answer, as caller. */
  async accept(answer: Description): Promise<void> {
    await this.#setTheirs(answer);
    this.#take(answer);
  }

  /** A later offer, which looks for a new way. */
  restart(): Promise<Description> {
    return this.#inTurn(async () => {
      this.#ours = [];
      this.pc.restartIce();
      await this.pc.setLocalDescription();
      const offer = this.#local();
      this.#open = valueIn(offer.sdp, 'ice-ufrag');
      return offer;
    });
  }

  /** Takes a later description of the other side, and gives the answer to send, if there is one. */
  renegotiate(theirs: Description): Promise<Description | undefined> {
    return this.#inTurn(async () => {
      const heard = valueIn(theirs.sdp, heardAttribute);
      if (valueIn(theirs.sdp, 'ice-ufrag') === this.#taken) return undefined; // told twice
      const ours = this.#open !== '' && heard === this.#open;
      if (theirs.type === 'answer') {
        if (ours || (this.#open !== '' && heard === '')) {
          this.#open = '';
          await this.accept(theirs);
        }
        return undefined;
      }
      // Both offered: the caller's goes first, unless theirs follows ours, whose answer got lost.
      if (this.#open !== '' && this.role === 'caller' && !ours) return undefined;
      await this.#takeBack();
      this.#ours = [];
      await this.#setTheirs(theirs);
      await this.pc.setLocalDescription();
      this.#take(theirs);
      return this.#local();
    });
  }

  /**
   * Ends the wait for an answer to our open offer: it is answered in the other side's name with
   * what that said last, which changes nothing. A rollback (RFC 8829, section 4.1.10.2) is for
   * this, but after one Chromium 156 goes on decoding the other side's picture and shows it no more.
   */
  async #takeBack(): Promise<void> {
    this.#open = '';
    const { signalingState, remoteDescription: theirs } = this.pc;
    if (signalingState === 'have-local-offer' && theirs) await this.#answer(theirs.sdp);
  }

  /** Answers our offer in the other side's name. */
  async #answer(theirs: string): Promise<void> {
    const ours = this.pc.currentLocalDescription?.sdp ?? '';
    const setup = valueIn(ours, 'setup') === 'active' ? 'passive' : 'active';
    const sdp = theirs.replaceAll('a=setup:actpass', `a=setup:${setup}`);
    await this.pc.setRemoteDescription({ type: 'answer', sdp });
  }

  /**
   * Has the browser take the other side's description anew, as what is given makes it of that and
   * of ours: between us and our browser alone. A later description is as it comes.
   */
  async revise(make: (theirs: string, ours: string) => string): Promise<void> {
    const revised = (): string => {
      const { signalingState, localDescription: ours, remoteDescription: theirs } = this.pc;
      if (!this.connected || signalingState !== 'stable' || !ours || !theirs) return '';
      const sdp = make(theirs.sdp, ours.sdp);
      return sdp === theirs.sdp ? '' : sdp;
    };
    if (!revised()) return;
    await this.#inTurn(async () => {
      const theirs = revised();
      if (!theirs) return;
      await this.pc.setLocalDescription();
      await this.#answer(theirs);
    });
  }

  /**
   * A later description is the other side's own: a side keeps its certificate,
   * and the browser would follow another one without a word.
   */
  isTheirs(later: Description): boolean {
    return named(later.sdp) === this.#named;
  }

  /** Our certificate and the other side's, which DTLS holds it to (RFC 8122). */
  get certificates(): { ours: string; theirs: string } {
    return { ours: named(this.pc.localDescription?.sdp ?? ''), theirs: this.#named ?? '' };
  }

  /** One of the other side's; another generation's waits for its description. */
  addCandidate(c: Candidate): void {
    const ufrag = c.usernameFragment ?? '';
    if (this.#taken === undefined || (this.able && ufrag !== '' && ufrag !== this.#taken)) {
      if (this.#theirs.length < maxWaiting) this.#theirs.push(c);
    } else this.#add(c);
  }

  /** Our description is in the room: candidates may follow it. */
  described(): void {
    const waiting = this.#ours ?? [];
    this.#ours = undefined;
    waiting.forEach((c) => this.on.candidate(c));
  }

  replace(kind: Kind, track: MediaStreamTrack | null): void {
    const sender = this.#transceiver(kind)?.sender;
    // Before the answer there may be none; it takes the track of then.
    sender?.replaceTrack(track).catch((e: unknown) => console.warn('send another track:', e));
  }

  /** Our picture takes so many bit/s at most; 0 is no limit. */
  limit(bitrate: number): void {
    this.#encode('video', { maxBitrate: bitrate || undefined });
  }

  /** Sends no picture, and a sound of fewer bits; or both as ever. */
  pause(paused: boolean): void {
    this.#encode('audio', { maxBitrate: paused ? leanSound : undefined });
    this.#encode('video', { active: !paused });
  }

  #encode(kind: Kind, how: { maxBitrate?: number | undefined; active?: boolean }): void {
    const sender = this.#transceiver(kind)?.sender;
    const parameters = sender?.getParameters();
    const [encoding] = parameters?.encodings ?? []; // none before the answer
    if (!sender || !parameters || !encoding) return;
    const was = { ...encoding };
    Object.assign(encoding, how);
    if (JSON.stringify(was) === JSON.stringify(encoding)) return;
    sender.setParameters(parameters).catch((e: unknown) => console.warn('encode otherwise:', e));
  }

  /** Opens the channel for texts and files, which is the caller's to do. */
  openChat(): void {
    if (this.role === 'caller' && !this.#closed)
      this.talk?.use(this.pc.createDataChannel(chatLabel));
  }

  say(message: Control): void {
    if (this.#channel?.readyState === 'open') this.#channel.send(JSON.stringify(message));
  }

  /** What the browser itself says of the connection. */
  get connected(): boolean {
    return this.pc.connectionState === 'connected';
  }

  stats(): Promise<RTCStatsReport> {
    return this.pc.getStats();
  }

  /** Ends the connection; a goodbye still gets the time to leave. */
  close(goodbye: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    if (goodbye && this.#channel?.readyState === 'open') {
      this.say({ type: 'bye' });
      setTimeout(() => this.pc.close(), 250);
    } else this.pc.close();
  }

  #transceiver(kind: Kind, n = 0): RTCRtpTransceiver | undefined {
    return this.pc.getTransceivers().filter((t) => t.receiver.track.kind === kind)[n];
  }

  /** That of the screen, if both sides have a place for it. */
  get screen(): RTCRtpTransceiver | undefined {
    return this.#transceiver('video', 1);
  }

  #setTheirs({ type, sdp }: Description): Promise<void> {
    return this.pc.setRemoteDescription({ type, sdp: screenApart(sdp) });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /**
   * Waits a moment for the candidates of our own interfaces, which come at once
   * and may then travel inside of the description.
   */
  async #gatherHosts(): Promise<void> {
    const pc = this.pc;
    if (pc.iceGatheringState === 'complete' || this.gathering === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.gathering);
      pc.onicegatheringstatechange = () => {
        if (pc.iceGatheringState !== 'complete') return;
        clearTimeout(timer);
        resolve();
      };
    });
    pc.onicegatheringstatechange = null;
  }

  /** Our description, with which of theirs it follows. That it says so, says that we answer later offers. */
  #local(follows = this.#taken ?? ''): Description {
    const d = this.pc.localDescription;
    if (d?.type !== 'offer' && d?.type !== 'answer') throw new Error('no local description');
    // What travels inside of it, where Chromium writes no ufrag, need not be said again.
    this.#ours = this.#ours?.filter((c) => !d.sdp.includes(c.candidate.replace(/ ufrag \S+/, '')));
    const said = `\na=x-parley-more\r\na=${heardAttribute}:${follows}\r\nm=`;
    return { type: d.type, sdp: d.sdp.replace(/\nm=/, said) };
  }

  /** What follows from a description of theirs that was set. */
  #take({ sdp }: Description): void {
    this.#taken = valueIn(sdp, 'ice-ufrag');
    this.#named ??= named(sdp);
    this.able ||= valueIn(sdp, heardAttribute) !== '';
    for (const c of this.#theirs.splice(0)) {
      if (!c.usernameFragment || c.usernameFragment === this.#taken) this.#add(c);
    }
  }

  #sendCandidate(c: Candidate): void {
    if (this.#ours) this.#ours.push(c);
    else this.on.candidate(c);
  }

  #add(c: Candidate): void {
    if (this.#closed) return;
    this.pc.addIceCandidate(c).catch((e: unknown) => console.warn('a candidate was refused:', e));
  }

  #useChannel(channel: RTCDataChannel): void {
    this.#channel = channel;
    channel.onopen = () => this.on.open();
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const control = parseControl(data);
      if (control && !this.#closed) this.on.control(control);
    };
    channel.onclose = () => {
      // A connection that breaks leaves the channel open for long.
      if (!this.#closed && this.pc.connectionState === 'connected') this.on.shut();
    };
  }
}

/**
 * A description whose second picture, the screen, is in no stream: of two in one, a browser plays
 * any one in step with the sound. Old clients want all tracks in one stream.
 */
function screenApart(sdp: string): string {
  let pictures = 0;
  return sdp.replace(/^m=video (?:.|\s(?!m=))*/gm, (section) =>
    ++pictures === 2 ? section.replaceAll(/msid:\S+/g, 'msid:-') : section,
  );
}

/** The first value that a description gives an attribute. */
function valueIn(sdp: string, name: string): string {
  return new RegExp(`^a=${name}:(\\S+)`, 'm').exec(sdp)?.[1] ?? '';
}

/**
 * What a description says of its side's certificate: each line about a
 * fingerprint once. It is the Go side's Named (backend/trust), which says why.
 */
export function named(sdp: string): string {
  const lines = sdp.split(/[\r\n]+/).map((line) => line.trim().toLowerCase());
  return [...new Set(lines.filter((line) => line.includes('fingerprint')))].sort().join('\n');
}

/** A control message; undefined for what cannot be read or is not known. */
export function parseControl(data: unknown): Control | undefined {
  if (typeof data !== 'string' || data.length > largest) return undefined;
  let m: unknown;
  try {
    m = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof m !== 'object' || m === null || !('type' in m)) return undefined;
  if (m.type === 'bye') return { type: 'bye' };
  if (m.type === 'words' || m.type === 'door' || m.type === 'knock') return m as Control;
  if (m.type !== 'state') return undefined;
  const control: Control = { type: 'state' };
  if ('microphone' in m && typeof m.microphone === 'boolean') control.microphone = m.microphone;
  if ('camera' in m && typeof m.camera === 'boolean') control.camera = m.camera;
  if ('paused' in m && typeof m.paused === 'boolean') control.paused = m.paused;
  if ('maxBitrate' in m && Number.isInteger(m.maxBitrate))
    control.maxBitrate = m.maxBitrate as number;
  if ('sharing' in m && typeof m.sharing === 'boolean') control.sharing = m.sharing;
  if ('can' in m && Array.isArray(m.can)) control.can = m.can.map(String);
  return control;
}
