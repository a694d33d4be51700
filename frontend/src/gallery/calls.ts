// The screens of the gallery in a call, in the window.
import { panels } from '../model/panels.ts';
import { idle } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import {
  adaKnocks,
  alone,
  call,
  code,
  face,
  knocks,
  minute,
  nothing,
  room,
  scan,
  type,
} from './madeup.ts';
import type { Screen } from './screens.ts';

const words = 'tempest direction berserk concurrent';
const asked = { ...call, role: 'callee', state: 'knocking' } as const;

export const calls: Record<string, Screen> = {
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
    snapshot: adaKnocks(),
    pictures: true,
  },
  'knocks-unnamed': {
    page: 'desktop',
    snapshot: knocks,
    pictures: true,
  },
  'knocks-picture': {
    page: 'desktop',
    snapshot: adaKnocks(face()),
    pictures: true,
  },
  ask: { page: 'desktop', snapshot: asked, pictures: true },
  'ask-picture': {
    page: 'desktop',
    snapshot: asked,
    pictures: true,
    press: () => [
      () => type('Ada Lovelace'),
      () => document.querySelector<HTMLElement>('.door [role=switch]')?.click(),
    ],
  },
  knocked: {
    page: 'desktop',
    snapshot: { ...asked, knock: { name: 'Ada Lovelace' } },
    pictures: true,
  },
  'waiting-by-id': {
    page: 'desktop',
    snapshot: { ...call, state: 'waiting', invite: room, other: alone },
    pictures: true,
  },
  'waiting-callee': {
    page: 'desktop',
    snapshot: { ...call, role: 'callee', state: 'waiting', other: alone },
    pictures: true,
  },
  'waiting-by-hand': {
    page: 'desktop',
    snapshot: { ...call, state: 'waiting', code, other: alone },
    actions: { enterCode: nothing, scan },
    pictures: true,
  },
  'connecting-by-hand': {
    page: 'desktop',
    snapshot: { ...call, role: 'callee', state: 'connecting', code, other: alone },
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
  'connected-unmirrored': {
    page: 'desktop',
    snapshot: { ...call, unmirrored: true },
    pictures: true,
  },
  poor: { page: 'desktop', snapshot: call, pictures: true, history: minute(true, 900) },
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
      trust: { ...idle.trust, words },
    },
    pictures: true,
    press: () => [panels().trust.title],
  },
  'words-compared': {
    page: 'desktop',
    snapshot: {
      ...call,
      trust: { ...idle.trust, words, verified: true },
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
      trust: { ...idle.trust, words, swapped: true },
    },
    pictures: true,
  },
  reconnecting: { page: 'desktop', snapshot: { ...call, state: 'reconnecting' }, pictures: true },
  'reconnecting-asked': {
    page: 'desktop',
    snapshot: { ...call, state: 'reconnecting', asking: true },
    pictures: true,
  },
};
