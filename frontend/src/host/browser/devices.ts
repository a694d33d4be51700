// The browser's devices beyond opening them: what there is to choose from, what is
// remembered, and what becomes of one that is unplugged. Fetched when the panel is
// opened, when something was chosen before, or when a device ends.
import { effect, signal, type Signal } from '@preact/signals';
import type { Choice, Device } from '../../model/snapshot.ts';
import type { DeviceCheck, DeviceInfo, Devices } from '../host.ts';
import type { Facing, Kind, Media } from './media.ts';
import type { Pictures } from './pictures.ts';

const levelEvery = 100; // ms
/** In ms. On Linux, Chromium notices that a sound device is gone only when it is asked
 * for a list: until then the system feeds the track from another one. */
const lookEvery = 2000;
const kinds = ['audio', 'video'] as const;
const inputs = { audio: 'audioinput', video: 'videoinput' } as const;

/** What a device is known by, and is found by where its ID has changed. */
interface Known {
  id: string;
  name: string;
}

/** What was chosen, as the browser keeps it. */
interface Kept {
  choice?: Choice;
  /** Of the devices, by ID. */
  names?: Record<string, string>;
  mirrors?: Partial<Record<Facing, boolean>>;
}

const keptAs = 'parley.devices';

type News = Pick<Device, 'change' | 'was'>;

/** A page has one. */
const followed = new WeakMap<Media, Follower>();

/** Takes care of the devices from now on. */
export function follow(media: Media, pictures: Pictures): Follower {
  let follower = followed.get(media);
  if (!follower) {
    follower = new Follower(media, pictures);
    followed.set(media, follower);
  }
  return follower;
}

export class Follower {
  readonly devices = signal<Devices>({ cameras: [], microphones: [] });
  readonly choice: Signal<Choice>;
  /** What ran and went, until it is back. */
  readonly #gone = new Map<Kind, Known>();
  /** Of devices that were seen, by ID. */
  readonly #names: Record<string, string>;
  readonly #news = new Map<Kind, News>();
  #looking: Promise<void> = Promise.resolve();
  #switching: Promise<void> = Promise.resolve();

  constructor(
    private readonly media: Media,
    private readonly pictures: Pictures,
  ) {
    const { choice, names, mirrors } = kept();
    this.choice = signal({ camera: '', microphone: '', speaker: '', ...choice });
    this.#names = { ...names };
    media.mirrors.value = { ...mirrors };
    media.ids.video = this.choice.value.camera;
    media.ids.audio = this.choice.value.microphone;
    // What is told of a device lasts longer than its switch.
    effect(() => this.#say('audio', media.microphone));
    effect(() => this.#say('video', media.camera));
    // Devices have IDs and names once the user has allowed one.
    effect(() => {
      const runs = media.microphone.value.name ?? media.camera.value.name;
      if (runs !== undefined) this.#list().catch((e: unknown) => console.warn('devices:', e));
    });
    navigator.mediaDevices.addEventListener('devicechange', () => void this.look());
    setInterval(() => media.wants('audio') && void this.look(), lookEvery);
    void this.look();
  }

  /** A device that ran has ended: another is taken, and the user told. */
  async ended(kind: Kind, track: MediaStreamTrack): Promise<void> {
    const { deviceId: id = '' } = track.getSettings();
    await this.media.take(kind);
    const now = this.media.track(kind);
    if (now?.getSettings().deviceId === id) return; // the system had taken it for a while
    if (!this.#gone.has(kind)) this.#gone.set(kind, { id, name: track.label });
    this.#tell(kind, 'gone', track.label);
    await this.look(); // it may be back already
  }

  /** Lists what there is, one look after the other, and takes what is back. */
  look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((e: unknown) => {
        console.warn('devices:', e);
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const all = await this.#list();
    for (const kind of kinds) await this.#back(kind, all);
  }

  async #list(): Promise<MediaDeviceInfo[]> {
    const all = await navigator.mediaDevices.enumerateDevices();
    for (const { deviceId, label } of all) if (label) this.#names[deviceId] = label;
    const list = (kind: MediaDeviceKind, chosen: string): DeviceInfo[] => {
      // Chromium lists the default once more, as what it is now.
      const there = all
        .filter(
          (d) => d.kind === kind && d.deviceId && !/^(default|communications)$/.test(d.deviceId),
        )
        .map(({ deviceId, label }, i) => ({
          id: deviceId,
          name: label || String(i + 1),
          default: false,
        }));
      const away = chosen && !there.some((d) => d.id === chosen) && this.#names[chosen];
      return away ? [...there, { id: chosen, name: away, default: false, absent: true }] : there;
    };
    const { camera, microphone, speaker } = this.choice.value;
    const speakers = list('audiooutput', speaker);
    this.devices.value = {
      cameras: list('videoinput', camera),
      microphones: list('audioinput', microphone),
      ...('setSinkId' in this.pictures.videos.remote && { speakers }),
    };
    this.#play(all);
    return all;
  }

  /** What was chosen, or ran before, is taken again once it is there; and anything
   * where there was nothing. */
  async #back(kind: Kind, all: MediaDeviceInfo[]): Promise<void> {
    const { media } = this;
    if (!media.wants(kind)) return;
    const gone = this.#gone.get(kind);
    const id = media.ids[kind] ?? '';
    const home = id ? { id, name: this.#names[id] ?? '' } : gone;
    const there = all.filter((d) => d.kind === inputs[kind]);
    const found =
      home &&
      (there.find((d) => d.deviceId === home.id) ??
        there.find((d) => d.label && d.label === home.name));
    const runs = media.track(kind)?.getSettings().deviceId;
    const { problem } = (kind === 'audio' ? media.microphone : media.camera).value;
    const anew = found ? found.deviceId !== runs : problem && there.length > 0;
    if (anew) {
      if (found) media.ids[kind] = found.deviceId;
      await media.take(kind);
    }
    // A list may be older than what it tells of.
    if (!found || !gone || media.track(kind)?.getSettings().deviceId !== found.deviceId) return;
    this.#gone.delete(kind);
    this.#tell(kind, 'back', found.label);
  }

  /** The speaker that was chosen while it is there, else the default. */
  #play(all: MediaDeviceInfo[]): void {
    const { speaker } = this.choice.value;
    if (!this.devices.value.speakers) return;
    const there = all.some((d) => d.kind === 'audiooutput' && d.deviceId === speaker);
    const { remote } = this.pictures.videos;
    remote.setSinkId(there ? speaker : '').catch((e: unknown) => console.warn('speaker:', e));
  }

  /** Tells the user, where another runs: that nothing does is told already. */
  #tell(kind: Kind, change?: 'gone' | 'back', was = ''): void {
    if (change && this.media.track(kind)) this.#news.set(kind, { change, was });
    else this.#news.delete(kind);
    const of = kind === 'audio' ? this.media.microphone : this.media.camera;
    const device = { ...of.peek() };
    delete device.change;
    delete device.was;
    of.value = device;
  }

  #say(kind: Kind, of: Signal<Device>): void {
    const device = of.value;
    const news = this.#news.get(kind);
    if (news && device.name !== undefined && !device.change) of.value = { ...device, ...news };
  }

  async choose(next: Choice): Promise<void> {
    const before = this.choice.value;
    this.choice.value = next;
    for (const kind of kinds) {
      const key = kind === 'video' ? 'camera' : 'microphone';
      if (next[key] === before[key]) continue;
      this.#gone.delete(kind);
      this.#tell(kind);
      this.media.ids[kind] = next[key];
      await this.media.take(kind);
    }
    this.keep();
    await this.look();
  }

  /** To the camera on the other side, or to the next one where they have no sides. */
  switchCamera(): Promise<void> {
    this.#switching = this.#switching.then(async () => {
      const { media } = this;
      const before = media.track('video')?.getSettings();
      media.ids.video = '';
      if (before?.facingMode) {
        media.facing.value = media.facing.value === 'user' ? 'environment' : 'user';
      } else {
        const all = await navigator.mediaDevices.enumerateDevices();
        const cameras = all.filter((d) => d.kind === 'videoinput');
        const at = cameras.findIndex((d) => d.deviceId === before?.deviceId);
        media.ids.video = cameras[(at + 1) % cameras.length]?.deviceId ?? '';
      }
      await media.take('video');
      if (media.track('video')) return;
      media.facing.value = 'user';
      media.ids.video = '';
      await media.take('video');
    });
    return this.#switching;
  }

  /** Shows the camera of now as in a mirror, or as others see it. */
  mirror(on: boolean): void {
    const { mirrors, facing } = this.media;
    mirrors.value = { ...mirrors.value, [facing.value]: on };
    this.keep();
  }

  /** A browser that keeps nothing costs nobody a call. */
  keep(): void {
    const choice = this.choice.value;
    const chosen = Object.values(choice) as string[];
    const names = Object.entries(this.#names).filter(([id]) => chosen.includes(id));
    const mirrors = this.media.mirrors.value;
    const all: Kept = { choice, names: Object.fromEntries(names), mirrors };
    try {
      localStorage.setItem(keptAs, JSON.stringify(all));
    } catch (thrown) {
      console.warn('devices:', thrown);
    }
  }
}

function kept(): Kept {
  try {
    return (JSON.parse(localStorage.getItem(keptAs) ?? '{}') ?? {}) as Kept;
  } catch {
    return {};
  }
}

/** The panel of devices, while it is open. */
export async function check(media: Media, pictures: Pictures): Promise<DeviceCheck> {
  const follower = follow(media, pictures);
  await follower.look();
  const { level, stop } = listen(media);
  return {
    devices: follower.devices,
    choice: follower.choice,
    level,
    mirrored: media.mirrored,
    preview: (box, live) => preview(media, box, live),
    choose: (c) => follower.choose(c),
    orNone: false, // the buttons of the call do that
    setMirrored: (on) => {
      follower.mirror(on);
      return Promise.resolve();
    },
    chime: () => chime(follower.choice.value.speaker, follower.devices.value),
    close: stop,
  };
}

/** The microphone's level as the call's analyser hears it, in dBov. */
function listen(media: Media) {
  const level = signal(-127);
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  let source: MediaStreamAudioSourceNode | undefined;
  const unfollow = effect(() => {
    const { name } = media.microphone.value; // it changes with the track
    const track = name === undefined ? null : media.track('audio');
    source?.disconnect();
    source = track ? context.createMediaStreamSource(new MediaStream([track])) : undefined;
    source?.connect(analyser);
  });
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, v) => sum + v * v, 0) / samples.length;
    level.value = source ? Math.max(-127, 10 * Math.log10(power)) : -127;
  }, levelEvery);
  return {
    level,
    stop: () => {
      clearInterval(timer);
      unfollow();
      void context.close();
    },
  };
}

function preview(media: Media, box: HTMLElement, live: (live: boolean) => void): () => void {
  const v = document.createElement('video');
  v.muted = v.playsInline = v.autoplay = true;
  v.disablePictureInPicture = true;
  const tell = () => live(v.srcObject !== null && v.videoWidth > 0);
  for (const event of ['loadeddata', 'resize', 'emptied']) v.addEventListener(event, tell);
  box.append(v);
  const unfollow = effect(() => {
    const track = media.picture.value;
    v.srcObject = track ? new MediaStream([track]) : null;
    if (track) v.play().catch(() => undefined); // where a picture may not move, it stands
    tell();
  });
  return () => {
    unfollow();
    v.srcObject = null;
    v.remove();
  };
}

/** Two notes, as backend/sound/chime.go has them. */
async function chime(speaker: string, { speakers = [] }: Devices): Promise<void> {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const notes: [hz: number, at: number][] = [
    [587.33, 0],
    [880, 0.2],
  ];
  for (const [hz, at] of notes) {
    const note = new OscillatorNode(context, { frequency: hz });
    const gain = new GainNode(context, { gain: 0 });
    const begin = context.currentTime + at;
    gain.gain.setValueAtTime(0.14, begin);
    gain.gain.setTargetAtTime(0, begin, 1 / 6);
    note.connect(gain).connect(out);
    note.start(begin);
    note.stop(begin + 1);
  }
  const audio = new Audio();
  audio.srcObject = out.stream;
  if (speakers.some((d) => d.id === speaker && !d.absent)) await audio.setSinkId(speaker);
  await audio.play();
  setTimeout(() => void context.close(), 1_500);
}
