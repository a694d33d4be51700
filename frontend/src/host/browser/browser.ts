// The host inside a browser: its own WebRTC, and a signaling service. Facts come
// from the user, the room and the peer, into one place; snapshots go out.
import { computed, effect, signal } from '@preact/signals';
import {
  isLive,
  isUp,
  Problem,
  type Device,
  type Knock,
  type Role,
  type State,
} from '../../model/snapshot.ts';
import type { Stats } from '../../model/stats.ts';
import {
  formatInvite,
  parseInvite,
  type Description,
  type Room,
  type RoomEvent,
  type Signaler,
} from '../../signaling/signaling.ts';
import type { Host } from '../host.ts';
import { bounds } from './bounds.ts';
import {
  canMend,
  decide,
  isByHand,
  learn,
  limit,
  none,
  savingBitrate,
  snapshotOf,
  type Fact,
} from './facts.ts';
import { devicesLater, scanLater, signalerByHand, warn, wasChosen, wordsLater } from './later.ts';
import { hold } from './lobby.ts';
import { Media } from './media.ts';
import { onNetworkChange } from './network.ts';
import { hostGathering, Peer, type PeerEvents } from './peer.ts';
import { Pictures } from './pictures.ts';
import { poll } from './polling.ts';
import { Restarts } from './restart.ts';
import { Screens } from './screens.ts';
import { codeOf, failureFrom, shown } from './signaled.ts';
import { TalkLater } from './talk.ts';
import { Wake } from './wake.ts';

type Open = (abort: AbortSignal) => Promise<Room>;

/** What one attempt at a call holds. */
interface Attempt {
  abort: AbortController;
  pc?: RTCPeerConnection;
  peer?: Peer;
  room?: Room;
  /** What comes from the other side. */
  stream?: MediaStream;
  restarts?: Restarts;
  stats?: ReturnType<typeof setInterval>;
}

interface PageHost extends Host {
  /** The user has come by an invite, and may join soon; devices: without a question. */
  arrive(devices: boolean): void;
}

export function browserHost(signaler: Signaler, config: RTCConfiguration = {}): PageHost {
  const facts = signal(none);
  const stats = signal<Stats | undefined>(undefined);
  const byHand = signalerByHand();
  const pictures = new Pictures();
  const wake = new Wake();
  let attempt: Attempt = { abort: new AbortController() };
  let timer: ReturnType<typeof setTimeout> | undefined;

  const held = computed(() => facts.value.shut);
  /** What is sent: nothing while the door is shut. */
  const ours = (kind: 'audio' | 'video') => (held.value ? null : media.track(kind));
  const send = (kind: 'audio' | 'video') => attempt.peer?.replace(kind, ours(kind));
  const media = new Media(send);
  /** Hands the devices to what takes care of them. */
  const follow = () => devicesLater().then((m) => m.follow(media, pictures));
  media.ended = (kind, track) => void follow().then((f) => f.ended(kind, track), warn);
  const dataSaver = signal(false);
  /** The way is too weak for our picture. */
  const paused = signal(false);
  /** Before a call, the devices open without a question. */
  const allowed = signal(false);
  const screens = new Screens(
    () => attempt.peer,
    () => most.value,
  );
  const snapshot = computed(() =>
    snapshotOf(facts.value, {
      microphone: media.microphone.value,
      camera: { ...media.camera.value, ...(paused.value && cameraOn.value && { paused: true }) },
      dataSaver: dataSaver.value,
      sharing: screens.sharing,
      preview: allowed.value && !facts.value.answered,
    }),
  );
  /** The bit/s that our picture may take at most; 0 is no limit. */
  const most = computed(() => limit(facts.value, dataSaver.value));
  const live = computed(() => isLive(snapshot.value.state));
  const idle = computed(() => !facts.value.role);
  // Apart from the snapshot: two pages that answer each other's state would never stop.
  const microphoneOn = computed(() => runs(media.microphone.value));
  const cameraOn = computed(() => runs(media.camera.value));

  /** Takes a fact, and does what the new state asks for. */
  function tell(fact: Fact): void {
    const before = decide(facts.value);
    facts.value = learn(facts.value, fact);
    const now = decide(facts.value);
    const { restarts } = attempt;
    if (now === before && fact.type !== 'keepTrying') return;
    clearTimeout(timer);
    if (now === 'reconnecting' && isUp(before)) restarts?.broke();
    if (isUp(now)) restarts?.found();
    const bound = bounds[now];
    if (bound && (!bound.role || bound.role === facts.value.role)) {
      timer = setTimeout(() => tell(bound.fact), patience(now, bound.ms));
    }
    wake.want(isLive(now));
    const { reason } = facts.value;
    if (isLive(before) && !isLive(now)) release(reason === 'hung_up' || reason === 'declined');
  }

  const done = (fact: Fact): Promise<void> => {
    tell(fact);
    return Promise.resolve();
  };

  /** How long a call may stay in a state, in ms: our answer's code is carried by a person. */
  const patience = (state: State, ms: number): number =>
    isByHand(facts.value) && facts.value.role === 'callee' && state === 'connecting' ? 600_000 : ms;

  function release(goodbye: boolean): void {
    const { abort, pc, peer, room, restarts, stats: polling } = attempt;
    attempt = { abort: new AbortController() };
    abort.abort();
    clearInterval(polling);
    restarts?.stop();
    if (peer) peer.close(goodbye);
    else pc?.close();
    void room?.leave();
    allowed.value = false;
    media.close();
    screens.end();
    pictures.show('remote', null);
    stats.value = undefined;
    paused.value = false;
  }

  function begin(role: Role, open: Open, manual = false): Promise<void> {
    if (live.value) return Promise.reject(new Problem('in_call', 'a call is under way'));
    const mine = attempt;
    // Before the room is asked for: other processes of the browser open them, and take longest.
    const devices = openDevices(() => attempt === mine);
    tell({ type: 'begin', role, byHand: manual });
    void enter(role, open, mine, devices).catch((thrown: unknown) => {
      if (attempt === mine) tell({ type: 'failed', failure: failureFrom(thrown) });
    });
    return Promise.resolve();
  }

  /** Opens the devices, the chosen ones where some were, if they are still wanted then. */
  function openDevices(wanted: () => boolean): Promise<void> | undefined {
    const start = () => (wanted() ? media.open() : undefined);
    return wasChosen() ? follow().then(start, start) : start();
  }

  /** What a call begins with, ahead of it; what is returned lets it go. */
  function prepare(): () => void {
    const pc = (attempt.pc = new RTCPeerConnection(config));
    const letGo = signaler.prepare?.();
    let held = true;
    if (allowed.peek()) void openDevices(() => held && idle.peek());
    return () => {
      held = false;
      delete attempt.pc;
      pc.close();
      letGo?.();
      media.close();
    };
  }

  /**
   * The room, then the peer. An answer does not wait for the devices: the browser may
   * ask the user for long, and a track that comes later needs no new description. An
   * offer waits for them, because nobody waits for it yet.
   */
  async function enter(
    role: Role,
    open: Open,
    mine: Attempt,
    devices: Promise<void> | undefined,
  ): Promise<void> {
    if (signaler.afterDevices) await devices;
    if (attempt !== mine) return;
    const opening = open(mine.abort.signal);
    // It takes a browser as long as a round trip takes, and does not need the room.
    const pc = (mine.pc ??= new RTCPeerConnection(config));
    const room = await opening;
    if (attempt !== mine) {
      void room.leave();
      return;
    }
    mine.room = room;
    const { ice = [] } = room;
    pc.setConfiguration({ ...config, iceServers: (config.iceServers ?? []).concat(ice) });
    const peer = connect(role, room, pc, mine);
    tell({ type: 'opened', ...shown(room.invite) });
    // In order, one after the other: a description is set before what follows it.
    let queue = Promise.resolve();
    room.listen((e) => {
      if (e.type === 'candidate') peer.addCandidate(e.candidate);
      else queue = queue.then(() => (attempt === mine ? hear(e, peer, room) : undefined));
    });
    if (role !== 'caller') return;
    await devices;
    if (attempt === mine) await describe(peer, room, await peer.offer());
  }

  function connect(role: Role, room: Room, pc: RTCPeerConnection, mine: Attempt): Peer {
    const current = () => attempt === mine;
    const events: PeerEvents = {
      candidate: (c) =>
        void room
          .sendCandidate(c)
          .catch((e: unknown) => console.warn('a candidate was not sent:', e)),
      transport: (transport) => {
        if (!current()) return;
        tell({ type: 'transport', transport });
        if (transport !== 'connected' || !current()) return;
        room.settled?.();
        screens.limit();
        mine.stats ??= poll(peer, {
          current,
          heard: (heard) =>
            tell({ type: 'transport', transport: heard ? 'connected' : 'disconnected' }),
          figures: (now) => (stats.value = now),
          paused: (now) => (paused.value = now),
        });
      },
      stream: (stream) => {
        mine.stream = stream;
        showOther();
      },
      open: () => {
        if (!current()) return;
        sayState();
        if (role === 'caller' && held.value) peer.say({ type: 'door', open: false });
        exchange();
      },
      control: (c) => {
        if (!current()) return;
        if (c.type === 'door') {
          if (role === 'callee') tell({ type: 'door', set: { shut: c.open !== true } });
        } else if (c.type === 'knock') {
          if (role === 'caller') hearKnock(c, current);
        } else if (c.type === 'bye') tell({ type: 'over', reason: 'other_hung_up' });
        else if (c.type === 'words') exchange(c);
        else if (!held.value) tell({ ...c, type: 'other' });
      },
      shut: () => current() && tell({ type: 'over', reason: 'other_hung_up' }),
    };
    // A room that is told when candidates are of no more use brings each at a price.
    const gathering = room.settled ? hostGathering : 0;
    const peer = new Peer(role, pc, ours, events, gathering);
    const exchange = wordsLater(role, peer, current, (words) => tell({ type: 'words', words }));
    mine.peer = peer;
    peer.talk = new TalkLater(held, peer, mine.abort.signal);
    const needed = (gone: boolean) =>
      canMend(facts.value) &&
      (snapshot.value.state === 'reconnecting' || (gone && isUp(snapshot.value.state)));
    const restarts = new Restarts(
      needed,
      () => {
        peer
          .restart()
          .then((offer) => describe(peer, room, offer))
          .catch((e: unknown) => console.warn('a new way was not looked for:', e))
          .finally(() => current() && restarts.offered());
      },
      room,
    );
    mine.restarts = restarts;
    return peer;
  }

  /** Our network changed: signaling and media look for another way at once. */
  function networkChanged(): void {
    if (!live.value) return;
    attempt.room?.redial?.();
    attempt.restarts?.changed();
  }

  async function hear(e: RoomEvent, peer: Peer, room: Room): Promise<void> {
    switch (e.type) {
      case 'description':
        if (e.description.sdp === '') return; // an old client's "not yet"
        if (facts.value.answered) await renegotiate(e.description, peer, room);
        else await answer(e.description, peer, room);
        return;
      case 'presence':
      case 'code':
        tell(e);
        return;
      case 'left':
        tell({ type: 'over', reason: 'other_hung_up' });
        return;
      case 'closed':
        tell({
          type: 'linkGone',
          failure: { code: codeOf(e.code), message: 'the room was closed' },
        });
        return;
      case 'candidate':
        return;
    }
  }

  async function answer(theirs: Description, peer: Peer, room: Room): Promise<void> {
    const over = () => attempt.peer !== peer;
    let ours: Description | undefined;
    try {
      if (facts.value.role === 'caller') await peer.accept(theirs);
      else ours = await peer.answer(theirs);
    } catch (thrown) {
      if (over()) return;
      const message = thrown instanceof Error ? thrown.message : '';
      tell({ type: 'failed', failure: { code: 'bad_description', message } });
      return;
    }
    if (over()) return;
    tell({ type: 'answered', mendable: peer.able });
    if (!ours) return;
    try {
      await describe(peer, room, ours);
    } catch (thrown) {
      if (!over()) tell({ type: 'failed', failure: failureFrom(thrown) });
    }
  }

  /** A later description that makes no sense harms nothing: what was agreed on holds. */
  async function renegotiate(theirs: Description, peer: Peer, room: Room): Promise<void> {
    if (!peer.isTheirs(theirs)) {
      tell({ type: 'swapped' });
      return;
    }
    if (!peer.able) return; // a second one is an old client's habit
    try {
      const ours = await peer.renegotiate(theirs);
      if (!ours || attempt.peer !== peer) return;
      attempt.restarts?.answered();
      await describe(peer, room, ours);
    } catch (thrown) {
      console.warn('a later description was refused:', thrown);
    }
  }

  async function describe(peer: Peer, room: Room, d: Description): Promise<void> {
    const sent = room.sendDescription(d);
    // A room keeps the order. In one where each candidate has its price they wait for its word.
    if (!room.settled) peer.described();
    await sent;
    if (attempt.peer !== peer) return;
    tell({ type: 'described' });
    if (room.settled) peer.described();
  }

  /** What is said at the door is looked at by what is fetched when somebody knocks. */
  function hearKnock(said: unknown, current: () => boolean): void {
    void import('../../model/panels/knock.ts').then(({ parseKnock }) => {
      const { knock = parseKnock(said), shut } = facts.value; // the first counts
      if (shut && current()) tell({ type: 'door', set: { knock } });
    });
  }

  function showOther(): void {
    pictures.show('remote', held.value ? null : (attempt.stream ?? null));
  }

  function sayState(): void {
    if (held.value) return;
    const microphone = microphoneOn.value;
    const camera = cameraOn.value;
    const weak = paused.value;
    const maxBitrate = dataSaver.value ? savingBitrate : 0;
    const { on: sharing } = screens.sharing;
    attempt.peer?.say({
      type: 'state',
      microphone,
      camera,
      paused: weak,
      maxBitrate,
      sharing,
      can: ['screen'],
    });
  }

  effect(() => {
    const track = media.picture.value;
    pictures.show('local', track ? new MediaStream([track]) : null);
  });
  effect(() => {
    send('audio');
    send('video');
    showOther();
  });
  // The other side hears of every change of ours.
  effect(sayState);
  effect(() => {
    const weak = paused.value;
    attempt.peer?.pause(weak);
  });
  effect(screens.limit);
  addEventListener('pagehide', () => tell({ type: 'over', reason: 'hung_up' }));
  onNetworkChange(networkChanged);

  const host = {
    arrive: (devices: boolean) => {
      allowed.value = devices;
      hold(idle, prepare);
    },
    snapshot,
    stats,
    mirrored: media.mirrored,
    attach: (track, box, watch) =>
      track === 'screen' ? screens.show(box, watch) : pictures.attach(track, box, watch),
    createRoom: () => begin('caller', (abort) => signaler.create(abort)),
    join: async (text: string) => {
      const invite = parseInvite(text);
      if (invite.code !== undefined) {
        await begin('callee', async () => (await byHand()).join(invite), true);
        return;
      }
      // Another computer's room is reached through its own page.
      if (invite.server && invite.server !== location.origin) location.assign(formatInvite(invite));
      else await begin('callee', (abort) => signaler.join(invite, abort));
    },
    createByHand: () => begin('caller', async () => (await byHand()).create(), true),
    enterCode: async (code: string) => {
      const { room } = attempt;
      if (!room?.takeCode) throw new Problem('not_in_call', 'no code is waited for');
      await room.takeCode(code).catch((thrown: unknown) => {
        const { code: why, message } = failureFrom(thrown);
        throw new Problem(why, message);
      });
    },
    checkDevices: () => devicesLater().then((m) => m.check(media, pictures)),
    scan: scanLater(() => media.track('video')),
    hangUp: () => done({ type: 'over', reason: 'hung_up' }),
    keepTrying: () => {
      const kept = done({ type: 'keepTrying' });
      attempt.restarts?.anew();
      return kept;
    },
    setWaitingRoom: (on: boolean) =>
      done({
        type: 'door',
        set: { waitingRoom: on, ...(!facts.value.wasConnected && { shut: on }) },
      }),
    letIn: () => {
      attempt.peer?.say({ type: 'door', open: true });
      return done({ type: 'door', set: { shut: false } });
    },
    knock: (knock: Knock) => {
      attempt.peer?.say({ ...knock, type: 'knock' });
      return done({ type: 'door', set: { knock } });
    },
    setVerified: (verified: boolean) => done({ type: 'verified', verified }),
    setMicrophone: (on: boolean) => media.setMicrophone(on),
    setCamera: (on: boolean) => media.setCamera(on),
    setDataSaver: (on: boolean) => {
      dataSaver.value = on;
      return Promise.resolve();
    },
    copy: (text: string) => navigator.clipboard.writeText(text),
    floatPicture: pictures.float,
    // Phones' browsers have none of it, nor has a page without https://.
    shareScreen: (navigator.mediaDevices as MediaDevices | undefined)?.getDisplayMedia
      ? screens.share
      : undefined,
  } satisfies PageHost;
  const switchCamera = () => follow().then((f) => f.switchCamera());
  const tapToHear = () => pictures.hear();
  return Object.defineProperties(host, {
    switchCamera: { get: () => (live.value && media.cameras.value > 1 ? switchCamera : undefined) },
    chat: { get: () => attempt.peer?.talk?.chat.value },
    tapToHear: { get: () => (pictures.needsTap.value ? tapToHear : undefined) },
  });
}

/** The other side gets something of the device. */
const runs = (d: Device): boolean => d.on && !d.problem;
