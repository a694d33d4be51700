// Made-up calls, figures and settings, of which the screens of the gallery are put together.
import type { Actions, Finding, Setting, SettingsView } from '../host/host.ts';
import { idle, type Snapshot } from '../model/snapshot.ts';
import type { Stats } from '../model/stats.ts';
import { person } from './picture.ts';

export const room = '4fk2-9xqa-07mz';
export const invite = `https://192.168.1.20:8443/#room=${room}&cert=XrQ0vJc2mJv2n7VbqYw1rM0mXg8o4mZC2l0m4o3b1dY`;

export const call: Snapshot = {
  ...idle,
  state: 'connected',
  role: 'caller',
  room,
  invite,
  microphone: { on: true, name: 'Built-in microphone' },
  camera: { on: true, name: 'Integrated camera' },
  speaker: { on: true, name: 'Speakers' },
  other: { ...idle.other, present: true },
};
/** Somebody knocks, who has not said who they are, or has. */
export const knocks: Snapshot = { ...call, state: 'knocking', waitingRoom: true };
export const adaKnocks = (picture?: string): Snapshot => ({
  ...knocks,
  knock: { name: 'Ada Lovelace', ...(picture && { picture }) },
});

export const alone = idle.other;
export const nothing = () => Promise.resolve();
/** An action that is under way. */
export const never = () => new Promise<never>(() => undefined);
export const failed = (code: NonNullable<Snapshot['failure']>['code']): Snapshot => ({
  ...idle,
  state: 'failed',
  failure: { code, message: '' },
});

export const stats: Stats = {
  video: {
    in: {
      codec: 'vp8',
      frames: 9000,
      fps: 29.9,
      width: 1280,
      height: 720,
      bitrate: 1.92e6,
      lost: 3,
      jitter_ms: 4,
      freezes: 0,
    },
    out: {
      codec: 'h264',
      frames: 9000,
      fps: 30,
      width: 1280,
      height: 720,
      bitrate: 1.71e6,
      target: 2e6,
    },
  },
  audio: {
    in: { packets: 15000, level: -32, lost: 1, jitter_ms: 3, delay_ms: 42 },
    out: { packets: 15000, level: -28 },
  },
  rtt_ms: 18,
  available: 2.04e6,
  path: 'direct',
  protocol: 'udp',
};

const file = '/home/ada/.config/parley/config.toml';
export const setting = (key: string, value: unknown, more: Partial<Setting> = {}): Setting => ({
  key,
  value,
  source: 'default',
  help: 'what it means, as the command line says it',
  restart: false,
  ...more,
});

export const setup: SettingsView = {
  path: file,
  items: [
    setting('version', 1, { source: 'file', place: `${file}:1` }),
    setting('signaling', 'firestore', { source: 'file', place: `${file}:2`, restart: true }),
    setting('data_dir', '/home/ada/.local/share/parley'),
    setting('firebase.project', 'demo-parley', { source: 'file', place: `${file}:5` }),
    setting('firebase.api_key', 'AIzaSyA-made-up', { source: 'file', place: `${file}:6` }),
    setting('lan.relay', true, { source: 'variable', place: 'variable PARLEY_LAN_RELAY' }),
    setting('ice.interfaces', ['eth0'], { source: 'flag', place: 'flag --interface' }),
    setting('video.width', 1280),
    setting('video.height', 720),
    setting('video.data_saver', false),
    setting('update.check', true),
  ],
  startAtLogin: true,
};

/** A minute of a call whose connection grows weak in its second half, by so many ms. */
export const minute = (weak: boolean, delay = 420): Stats[] =>
  Array.from({ length: 60 }, (_, i) => {
    const bad = weak && i > 30 ? Math.min(1, (i - 30) / 12) : 0;
    const wave = 1 + 0.08 * Math.sin(i / 2) + 0.05 * Math.sin(i * 1.7);
    const s = structuredClone(stats);
    s.video.in.bitrate *= wave * (1 - 0.9 * bad);
    s.video.out.bitrate *= wave * (1 - 0.85 * bad);
    s.available *= 1 - 0.85 * bad;
    s.rtt_ms = stats.rtt_ms * wave + delay * bad;
    s.video.in.jitter_ms = 4 + 30 * bad;
    s.video.in.lost = 3 + Math.round(bad * 4 * (i - 30));
    s.audio.in.packets = 50 * i;
    if (bad > 0.5) {
      s.video.in = { ...s.video.in, width: 480, height: 270, fps: 15 };
      s.video.out = { ...s.video.out, width: 480, height: 270, fps: 15 };
    }
    return s;
  });

const findings: Finding[] = [
  { check: 'camera', level: 'ok', cause: 'works', what: 'The camera works.' },
  {
    check: 'microphone',
    level: 'warning',
    cause: 'silent',
    what: 'The microphone hears nothing.',
    next: 'It may be switched off, or its level may be at zero.',
  },
  {
    check: 'speaker',
    level: 'skipped',
    cause: 'off',
    what: 'The speaker was not checked: it is set to "none".',
  },
  {
    check: 'network',
    level: 'problem',
    cause: 'offline',
    what: 'This machine is on no network.',
    next: 'Connect to a network, then try again.',
  },
];
export const examine: Actions['examine'] = (found) => {
  findings.forEach(found);
  return nothing();
};
/** A check that has found one thing, and looks on. */
export const examining: Actions['examine'] = (found) => {
  found({ check: 'camera', level: 'ok', cause: 'works', what: 'The camera works.' });
  return never();
};
// What a code looks like; it holds no call.
export const code = `PARLEY:${'3F8KX0W7QZ2M5D9TB6HJ4RNVC1YGPS'.repeat(8)}`;
export const inHand: Actions = { switchCamera: nothing, floatPicture: nothing };
export const scan: Actions['scan'] = () => () => undefined;

/** A small picture of somebody at the door. */
export const face = (): string => person(120, 160, 30).toDataURL('image/jpeg').replace(/^.*,/, '');

/** Types into the first field that there is. */
export function type(text: string): void {
  const field = document.querySelector<HTMLInputElement>('input[type=text], textarea');
  if (!field) throw new Error('no field to type in');
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/** Waits for an element that comes by itself. */
export async function comes(selector: string): Promise<void> {
  while (!document.querySelector(selector)) await new Promise(requestAnimationFrame);
}
