// The screens of the gallery: each a snapshot, and what the host can do in it.
import type { Actions } from '../host/host.ts';
import { idle, type Snapshot } from '../model/snapshot.ts';
import type { Stats } from '../model/stats.ts';

export interface Screen {
  page: 'desktop' | 'phone' | 'unsupported' | 'settings';
  snapshot: Snapshot;
  actions?: Actions;
  /** Shape of the other side's picture. */
  other?: 'landscape' | 'portrait';
  pictures?: boolean;
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
    in: { packets: 15000, level: -32, lost: 1, delay_ms: 42 },
    out: { packets: 15000, level: -28 },
  },
  rtt_ms: 18,
  path: 'direct',
  protocol: 'udp',
};

export const screens: Record<string, Screen> = {
  home: { page: 'desktop', snapshot: idle },
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
  connecting: { page: 'desktop', snapshot: { ...call, state: 'connecting' }, pictures: true },
  connected: { page: 'desktop', snapshot: call, pictures: true },
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
  reconnecting: { page: 'desktop', snapshot: { ...call, state: 'reconnecting' }, pictures: true },
  'reconnecting-asked': {
    page: 'desktop',
    snapshot: { ...call, state: 'reconnecting', asking: true },
    pictures: true,
  },
  unsupported: { page: 'unsupported', snapshot: idle },
  phone: { page: 'phone', snapshot: idle, room },
  'phone-empty': { page: 'phone', snapshot: idle },
  'phone-failed': { page: 'phone', snapshot: failed('room_not_found'), room },
  'phone-waiting': {
    page: 'phone',
    snapshot: {
      ...call,
      state: 'waiting',
      invite: `https://parley-calls.web.app/#room=${room}`,
      other: alone,
    },
    actions: { switchCamera: nothing, share: nothing },
    pictures: true,
  },
  'phone-settings': { page: 'settings', snapshot: idle },
  'phone-call': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: { switchCamera: nothing },
    pictures: true,
  },
  'phone-call-portrait': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: { switchCamera: nothing },
    pictures: true,
    other: 'portrait',
  },
  'phone-tap': {
    page: 'phone',
    snapshot: {
      ...call,
      role: 'callee',
      microphone: { on: true, problem: 'microphone_refused' },
    },
    actions: { switchCamera: nothing, tapToHear: nothing },
    pictures: true,
  },
};
