// The screens of the gallery: each a snapshot, and what the host can do in it.
import type { Actions, Finding, Offer, Release, Setting } from '../host/host.ts';
import { desktop } from '../model/desktop.ts';
import { panels } from '../model/panels.ts';
import { idle, type Snapshot } from '../model/snapshot.ts';
import type { Stats } from '../model/stats.ts';
import { chatScreens } from './chat.ts';
import { sharing } from './sharing.ts';
import { label } from '../model/words.ts';

export interface Screen {
  page: 'desktop' | 'phone' | 'unsupported' | 'settings';
  snapshot: Snapshot;
  actions?: Actions;
  /** Shape of the other side's picture. */
  other?: 'landscape' | 'portrait';
  pictures?: boolean;
  /** The figures of the seconds before, the newest last; without them, one second's. */
  history?: Stats[];
  /** The names of the buttons to press first, one after the other; '?' is the key. */
  press?: () => string[];
  /** Nobody has moved for a while. */
  quiet?: boolean;
  /** The user closes the window. */
  leaving?: boolean;
  newer?: Release;
  offer?: Offer;
  invited?: string;
  room?: string;
}

const room = '4fk2-9xqa-07mz';
const invite = `https://192.168.1.20:8443/#room=${room}&cert=XrQ0vJc2mJv2n7VbqYw1rM0mXg8o4mZC2l0m4o3b1dY`;

const call: Snapshot = {
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
const alone = idle.other;
const nothing = () => Promise.resolve();
const failed = (code: NonNullable<Snapshot['failure']>['code']): Snapshot => ({
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
const setting = (key: string, value: unknown, more: Partial<Setting> = {}): Setting => ({
  key,
  value,
  source: 'default',
  help: 'what it means, as the command line says it',
  restart: false,
  ...more,
});

export const settings: Setting[] = [
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
];

/** A minute of a call whose connection grows weak in its second half. */
const minute = (weak: boolean): Stats[] =>
  Array.from({ length: 60 }, (_, i) => {
    const bad = weak && i > 30 ? Math.min(1, (i - 30) / 12) : 0;
    const wave = 1 + 0.08 * Math.sin(i / 2) + 0.05 * Math.sin(i * 1.7);
    const s = structuredClone(stats);
    s.video.in.bitrate *= wave * (1 - 0.9 * bad);
    s.video.out.bitrate *= wave * (1 - 0.85 * bad);
    s.available *= 1 - 0.85 * bad;
    s.rtt_ms = stats.rtt_ms * wave + 420 * bad;
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
const examine: Actions['examine'] = (found) => {
  findings.forEach(found);
  return nothing();
};
// What a code looks like; it holds no call.
const code = `PARLEY:${'3F8KX0W7QZ2M5D9TB6HJ4RNVC1YGPS'.repeat(8)}`;
const inHand: Actions = { switchCamera: nothing, floatPicture: nothing };
const scan: Actions['scan'] = () => () => undefined;
export const screens: Record<string, Screen> = {
  home: { page: 'desktop', snapshot: idle, actions: { examine, createByHand: nothing, scan } },
  'home-newer': {
    page: 'desktop',
    snapshot: idle,
    newer: { version: '1.5.0', page: '' },
    actions: { examine },
  },
  'home-problem': {
    page: 'desktop',
    snapshot: { ...idle, preview: true, camera: { on: true, problem: 'camera_busy' } },
    actions: { examine },
  },
  'home-doctor': {
    page: 'desktop',
    snapshot: idle,
    actions: { examine },
    press: () => [desktop().examine],
  },
  'home-scan': {
    page: 'desktop',
    snapshot: idle,
    actions: { scan },
    press: () => [label.scan],
  },
  'home-preview': {
    page: 'desktop',
    snapshot: { ...idle, preview: true, camera: { on: true, name: 'Integrated camera' } },
    pictures: true,
  },
  'home-left': {
    page: 'desktop',
    snapshot: { ...idle, state: 'ended', reason: 'other_hung_up' },
  },
  'home-failed': { page: 'desktop', snapshot: failed('room_full') },
  'home-rejoin': {
    page: 'desktop',
    snapshot: idle,
    offer: { role: 'caller', invite, reopens: true, crashed: true },
  },
  'home-invited': { page: 'desktop', snapshot: idle, invited: invite },
  'home-lost': {
    page: 'desktop',
    snapshot: { ...idle, state: 'ended', reason: 'other_lost' },
    offer: { role: 'caller', invite, reopens: true, crashed: false },
  },
  settings: { page: 'desktop', snapshot: idle, press: () => [desktop().settings.title] },
  preparing: {
    page: 'desktop',
    snapshot: { ...call, state: 'preparing', other: alone },
    pictures: true,
  },
  waiting: {
    page: 'desktop',
    snapshot: { ...call, state: 'waiting', other: alone },
    pictures: true,
  },
  'waiting-guarded': {
    page: 'desktop',
    snapshot: { ...call, state: 'waiting', other: alone, waitingRoom: true },
    pictures: true,
  },
  knocks: {
    page: 'desktop',
    snapshot: { ...call, state: 'knocking', waitingRoom: true, knock: { name: 'Ada Lovelace' } },
    pictures: true,
  },
  'knocks-unnamed': {
    page: 'desktop',
    snapshot: { ...call, state: 'knocking', waitingRoom: true },
    pictures: true,
  },
  'waiting-by-hand': {
    page: 'desktop',
    snapshot: { ...call, state: 'waiting', code, other: alone },
    actions: { enterCode: nothing, scan },
    pictures: true,
  },
  connecting: { page: 'desktop', snapshot: { ...call, state: 'connecting' }, pictures: true },
  connected: { page: 'desktop', snapshot: call, pictures: true },
  'connected-quiet': { page: 'desktop', snapshot: call, pictures: true, quiet: true },
  'connected-invite': {
    page: 'desktop',
    snapshot: call,
    pictures: true,
    press: () => [label.showInvite],
  },
  'home-devices': {
    page: 'desktop',
    snapshot: { ...idle, microphone: { on: false }, camera: { on: true, problem: 'no_camera' } },
    press: () => [label.devices],
  },
  'device-gone': {
    page: 'desktop',
    snapshot: {
      ...call,
      microphone: { on: true, name: 'Built-in microphone', change: 'gone', was: 'USB headset' },
      camera: { on: true, name: 'USB camera', change: 'back', was: 'USB camera' },
    },
    pictures: true,
  },
  'connected-devices': {
    page: 'desktop',
    snapshot: call,
    pictures: true,
    press: () => [label.devices],
  },
  'connected-keys': { page: 'desktop', snapshot: call, pictures: true, press: () => ['?'] },
  'connected-leave': { page: 'desktop', snapshot: call, pictures: true, leaving: true },
  'connected-no-picture': { page: 'desktop', snapshot: call },
  'connected-portrait': { page: 'desktop', snapshot: call, pictures: true, other: 'portrait' },
  'connected-off': {
    page: 'desktop',
    snapshot: {
      ...call,
      microphone: { on: false },
      camera: { on: false },
      other: { ...idle.other, present: true, microphoneOn: false, cameraOn: false },
    },
    pictures: true,
  },
  'connected-problem': {
    page: 'desktop',
    snapshot: { ...call, camera: { on: true, problem: 'camera_busy' } },
    pictures: true,
  },
  'connected-problems': {
    page: 'desktop',
    snapshot: {
      ...call,
      camera: { on: true, problem: 'camera_busy' },
      microphone: { on: true, problem: 'microphone_refused' },
      speaker: { on: true, problem: 'no_speaker' },
    },
    pictures: true,
  },
  'connected-details': {
    page: 'desktop',
    snapshot: call,
    pictures: true,
    history: minute(false),
    press: () => [label.details],
  },
  ...chatScreens(call),
  weak: { page: 'desktop', snapshot: call, pictures: true, history: minute(true) },
  'weak-details': {
    page: 'desktop',
    snapshot: { ...call, dataSaver: true },
    pictures: true,
    history: minute(true),
    press: () => [label.details],
  },
  'paused-ours': {
    page: 'desktop',
    snapshot: { ...call, camera: { on: true, name: 'Integrated camera', paused: true } },
    pictures: true,
    history: minute(true),
  },
  'paused-theirs': {
    page: 'desktop',
    snapshot: { ...call, other: { ...call.other, paused: true } },
    pictures: true,
  },
  words: {
    page: 'desktop',
    snapshot: {
      ...call,
      trust: { ...idle.trust, words: 'tempest direction berserk concurrent' },
    },
    pictures: true,
    press: () => [panels().trust.title],
  },
  'words-compared': {
    page: 'desktop',
    snapshot: {
      ...call,
      trust: { ...idle.trust, words: 'tempest direction berserk concurrent', verified: true },
    },
    pictures: true,
    press: () => [panels().trust.compared],
  },
  'words-none': {
    page: 'desktop',
    snapshot: call,
    pictures: true,
    press: () => [panels().trust.title],
  },
  swapped: {
    page: 'desktop',
    snapshot: {
      ...call,
      trust: { ...idle.trust, words: 'tempest direction berserk concurrent', swapped: true },
    },
    pictures: true,
  },
  ...sharing(call),
  reconnecting: { page: 'desktop', snapshot: { ...call, state: 'reconnecting' }, pictures: true },
  'reconnecting-asked': {
    page: 'desktop',
    snapshot: { ...call, state: 'reconnecting', asking: true },
    pictures: true,
  },
  unsupported: { page: 'unsupported', snapshot: idle },
  phone: { page: 'phone', snapshot: idle, room },
  'phone-empty': { page: 'phone', snapshot: idle, actions: { createByHand: nothing, scan } },
  'phone-failed': { page: 'phone', snapshot: failed('room_not_found'), room },
  'phone-waiting': {
    page: 'phone',
    snapshot: {
      ...call,
      state: 'waiting',
      invite: `https://parley-calls.web.app/#room=${room}`,
      other: alone,
    },
    actions: { ...inHand, share: nothing },
    pictures: true,
  },
  'phone-ask': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'knocking' },
    pictures: true,
  },
  'phone-knocked': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'knocking', knock: { name: 'Ada Lovelace' } },
    pictures: true,
  },
  'phone-knocks': {
    page: 'phone',
    snapshot: { ...call, state: 'knocking', waitingRoom: true, knock: { name: 'Ada Lovelace' } },
    pictures: true,
  },
  'phone-settings': { page: 'settings', snapshot: idle },
  'phone-lost': {
    page: 'phone',
    snapshot: { ...idle, state: 'ended', reason: 'other_lost' },
    room,
  },
  'phone-code': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'connecting', code, other: alone },
    pictures: true,
  },
  'phone-connecting': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'connecting' },
    actions: inHand,
    pictures: true,
  },
  'phone-quiet': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: inHand,
    pictures: true,
    other: 'portrait',
    quiet: true,
  },
  'phone-off': {
    page: 'phone',
    snapshot: {
      ...call,
      role: 'callee',
      microphone: { on: false },
      camera: { on: false },
      other: { ...call.other, microphoneOn: false, cameraOn: false },
    },
    actions: inHand,
  },
  'phone-words': {
    page: 'phone',
    snapshot: {
      ...call,
      role: 'callee',
      trust: { ...idle.trust, words: 'tempest direction berserk concurrent' },
    },
    actions: inHand,
    pictures: true,
    press: () => [panels().trust.title],
  },
  'phone-reconnecting': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'reconnecting' },
    actions: inHand,
    pictures: true,
    other: 'portrait',
  },
  'phone-call': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: inHand,
    pictures: true,
  },
  'phone-call-portrait': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: inHand,
    pictures: true,
    other: 'portrait',
  },
  'phone-devices': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: inHand,
    pictures: true,
    press: () => [label.devices],
  },
  'phone-details': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: inHand,
    pictures: true,
    history: minute(true),
    press: () => [label.details],
  },
  'phone-paused-theirs': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', other: { ...call.other, paused: true } },
    actions: inHand,
    pictures: true,
    history: minute(true),
  },
  'phone-tap': {
    page: 'phone',
    snapshot: {
      ...call,
      role: 'callee',
      microphone: { on: true, problem: 'microphone_refused' },
    },
    actions: { ...inHand, tapToHear: nothing },
    pictures: true,
  },
};
