// The browser's camera and microphone. What is missing, busy or refused is told
// apart, and the call goes on with what there is.
import { computed, signal } from '@preact/signals';
import type { Code, Device } from '../../model/snapshot.ts';

export type Kind = 'audio' | 'video';
type Trouble = 'refused' | 'none' | 'busy';

const problems: Record<Kind, Record<Trouble, Code>> = {
  audio: { refused: 'microphone_refused', none: 'no_microphone', busy: 'microphone_busy' },
  video: { refused: 'camera_refused', none: 'no_camera', busy: 'camera_busy' },
};

/** What a rejection of getUserMedia means: W3C Media Capture and Streams, 10.2.1. */
export function troubleOf(thrown: unknown): Trouble {
  switch (thrown instanceof Error || thrown instanceof DOMException ? thrown.name : '') {
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotAllowedError':
    case 'SecurityError':
    case 'TypeError': // no mediaDevices: the page is not on https://
      return 'refused';
    default:
      return 'busy';
  }
}

export type Facing = 'user' | 'environment';
type Constraints = Record<Kind, MediaTrackConstraints>;
type Got = Partial<Record<Kind, MediaStreamTrack | Trouble>>;

/** A phone's browser captures 720p30 at most (iOS). */
const constraints: Constraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
};

const ask = (kinds: Kind[], c: Constraints): Promise<MediaStream> =>
  navigator.mediaDevices.getUserMedia(Object.fromEntries(kinds.map((k) => [k, c[k]])));

/**
 * Asks for devices, all in one question where it can. A refusal is asked again
 * only for a kind that is not denied already: Firefox asks the user each time.
 */
async function acquire(kinds: Kind[], c: Constraints): Promise<Got> {
  try {
    const stream = await ask(kinds, c);
    return Object.fromEntries(stream.getTracks().map((t) => [t.kind, t]));
  } catch (thrown) {
    const trouble = troubleOf(thrown);
    const [kind] = kinds;
    if (kind && kinds.length === 1) {
      // The one that is wanted is away: another, or the default.
      const { deviceId, ...any } = c[kind];
      if (trouble === 'none' && deviceId) return acquire(kinds, { ...c, [kind]: any });
      return { [kind]: trouble };
    }
    let again = kinds;
    if (trouble === 'refused') {
      const denied = await Promise.all(kinds.map(isDenied));
      again = denied.includes(true) ? kinds.filter((_, i) => denied[i] === false) : [];
    }
    const got: Got = Object.fromEntries(kinds.map((k) => [k, trouble]));
    for (const kind of again) Object.assign(got, await acquire([kind], c));
    return got;
  }
}

async function isDenied(kind: Kind): Promise<boolean> {
  const name = kind === 'audio' ? 'microphone' : 'camera';
  try {
    return (await navigator.permissions.query({ name })).state === 'denied';
  } catch {
    return false; // Firefox before 132 cannot tell.
  }
}

/** Our two tracks, and the devices behind them. */
export class Media {
  /** What a snapshot tells of them. */
  readonly microphone = signal<Device>({ on: true });
  readonly camera = signal<Device>({ on: true });
  /** How many cameras there are to switch between. */
  readonly cameras = signal(0);
  /** The self-view: the camera's track, or nothing. */
  readonly picture = signal<MediaStreamTrack | undefined>(undefined);
  readonly facing = signal<Facing>('user');
  /** The devices to ask for, by ID, where another than the default is wanted. */
  readonly ids: Partial<Record<Kind, string>> = {};
  /** Whether the picture of a camera is a mirror's, where its user has said so. */
  readonly mirrors = signal<Partial<Record<Facing, boolean>>>({});
  readonly mirrored = computed(
    () => this.mirrors.value[this.facing.value] ?? this.facing.value === 'user',
  );
  /** Hears of a device that was unplugged, or taken by the system. */
  ended?: (kind: Kind, track: MediaStreamTrack) => void;

  #tracks: Record<Kind, MediaStreamTrack | undefined> = { audio: undefined, video: undefined };
  /** Counts uses: what was asked for in an earlier one is let go when it comes. */
  #use = 0;
  #open = false;
  #queue: Promise<void> = Promise.resolve();

  /** changed hears which track to send: a new one, or null for none. */
  constructor(private readonly changed: (kind: Kind, track: MediaStreamTrack | null) => void) {}

  track(kind: Kind): MediaStreamTrack | null {
    return this.#tracks[kind] ?? null;
  }

  /** Opens what is wanted and does not run. The microphone is opened muted too, so as to ask once. */
  open(): Promise<void> {
    this.#open = true;
    return this.#enqueue(async (use) => {
      const kinds = (['audio', 'video'] as const).filter((k) => this.wants(k) && !this.#tracks[k]);
      if (kinds.length > 0) await this.#acquire(use, kinds);
    });
  }

  /** Releases everything at once. */
  close(): void {
    this.#use++;
    this.#open = false;
    this.#stop('audio');
    this.#stop('video');
    this.microphone.value = { on: this.microphone.value.on };
    this.camera.value = { on: this.camera.value.on };
  }

  setMicrophone(on: boolean): Promise<void> {
    this.#note('audio', { on });
    return this.#enqueue(async (use) => {
      const track = this.#tracks.audio;
      if (track) track.enabled = this.microphone.value.on;
      else if (this.#open && this.microphone.value.on) await this.#acquire(use, ['audio']);
    });
  }

  /** Off, the camera is released: its light goes out. */
  setCamera(on: boolean): Promise<void> {
    this.#note('video', { on });
    return this.#enqueue(async (use) => {
      if (!this.camera.value.on) this.#stop('video');
      else if (this.#open && !this.#tracks.video) await this.#acquire(use, ['video']);
    });
  }

  /** Opens a device anew: the one of its ID if it is there, else the default. */
  take(kind: Kind): Promise<void> {
    return this.#enqueue(async (use) => {
      if (!this.wants(kind)) return;
      this.#stop(kind);
      await this.#acquire(use, [kind]);
    });
  }

  /** A device of the kind ought to run; muted, the microphone runs. */
  wants(kind: Kind): boolean {
    return this.#open && (kind === 'audio' || this.camera.value.on);
  }

  async #acquire(use: number, kinds: Kind[]): Promise<void> {
    if (use !== this.#use) return;
    const { audio, video } = this.ids;
    const got = await acquire(kinds, {
      // Exact: Chromium takes its default where an ID is only ideal.
      audio: { ...constraints.audio, ...(audio && { deviceId: { exact: audio } }) },
      video: {
        ...constraints.video,
        ...(video && { deviceId: { exact: video } }),
        facingMode: { ideal: this.facing.value },
      },
    });
    if (use !== this.#use) {
      for (const t of Object.values(got)) if (typeof t !== 'string') t.stop();
      return;
    }
    for (const kind of kinds) {
      const track = got[kind];
      if (track && typeof track !== 'string') this.#start(kind, track);
      else
        this.#note(kind, {
          on: this.#state(kind).value.on,
          problem: problems[kind][track ?? 'busy'],
        });
    }
    this.cameras.value = (await videoInputs()).length;
  }

  #start(kind: Kind, track: MediaStreamTrack): void {
    this.#stop(kind);
    this.#tracks[kind] = track;
    if (kind === 'audio') track.enabled = this.microphone.value.on;
    else {
      this.picture.value = track;
      this.facing.value = track.getSettings().facingMode === 'environment' ? 'environment' : 'user';
    }
    track.onended = () => {
      // Unplugged, or taken by the system.
      if (this.#tracks[kind] !== track) return;
      this.#stop(kind);
      this.#note(kind, { on: this.#state(kind).value.on, problem: problems[kind].none });
      this.ended?.(kind, track);
    };
    this.#note(kind, { on: this.#state(kind).value.on, name: track.label });
    this.changed(kind, track);
  }

  #stop(kind: Kind): void {
    const track = this.#tracks[kind];
    if (!track) return;
    track.onended = null;
    track.stop();
    this.#tracks[kind] = undefined;
    if (kind === 'video') this.picture.value = undefined;
    this.#note(kind, { on: this.#state(kind).value.on });
    this.changed(kind, null);
  }

  #state(kind: Kind) {
    return kind === 'audio' ? this.microphone : this.camera;
  }

  #note(kind: Kind, device: Device): void {
    const state = this.#state(kind);
    const runs = this.#tracks[kind];
    state.value = runs ? { name: runs.label, ...device } : device;
  }

  /** One change of the devices at a time, in the order they were asked for. */
  #enqueue(work: (use: number) => Promise<void>): Promise<void> {
    // What waits behind a question of the browser's may outlive its call.
    const use = this.#use;
    const done = this.#queue.then(() => (use === this.#use ? work(use) : undefined));
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

async function videoInputs(): Promise<MediaDeviceInfo[]> {
  try {
    const all = await navigator.mediaDevices.enumerateDevices();
    return all.filter((d) => d.kind === 'videoinput');
  } catch {
    return [];
  }
}
