// The screens of the gallery on the phone's page.
import { panels } from '../model/panels.ts';
import { idle, type Snapshot } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { silent } from './chat.ts';
import {
  adaKnocks,
  knocks,
  alone,
  call,
  code,
  face,
  failed,
  inHand,
  invite,
  minute,
  never,
  nothing,
  room,
  scan,
  type,
} from './madeup.ts';
import type { Screen } from './screens.ts';

const words = 'tempest direction berserk concurrent';
const callee: Snapshot = { ...call, role: 'callee' };

export const phones: Record<string, Screen> = {
  phone: { page: 'phone', snapshot: idle, room },
  /** The devices are allowed already, and run. */
  'phone-ready': {
    page: 'phone',
    snapshot: { ...idle, preview: true, camera: { on: true, name: 'Front camera' } },
    room,
    pictures: true,
  },
  'phone-ready-off': {
    page: 'phone',
    snapshot: { ...idle, preview: true, microphone: { on: false }, camera: { on: false } },
    room,
  },
  'phone-empty': { page: 'phone', snapshot: idle, actions: { createByHand: nothing, scan } },
  'phone-off-home': {
    page: 'phone',
    snapshot: { ...idle, microphone: { on: false }, camera: { on: false } },
    room,
  },
  'phone-busy': {
    page: 'phone',
    snapshot: idle,
    actions: { join: never },
    room,
    press: () => [label.join],
  },
  'phone-scan': {
    page: 'phone',
    snapshot: idle,
    actions: { createByHand: nothing, scan },
    press: () => [label.scan],
  },
  'phone-left': {
    page: 'phone',
    snapshot: { ...idle, state: 'ended', reason: 'other_hung_up' },
    room,
  },
  'phone-unsupported': {
    page: 'phone',
    snapshot: idle,
    plain: () => ({
      title: label.unsupported,
      what: label.noWebRTC,
      next: label.noWebRTCNext,
    }),
  },
  'phone-preparing': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'preparing', other: alone },
    actions: inHand,
  },
  'phone-waiting-callee': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'waiting', other: alone },
    actions: inHand,
    pictures: true,
  },
  'phone-waiting-guarded': {
    page: 'phone',
    snapshot: { ...call, state: 'waiting', invite, waitingRoom: true, other: alone },
    actions: inHand,
    pictures: true,
  },
  'phone-waiting-by-hand': {
    page: 'phone',
    snapshot: { ...call, state: 'waiting', code, other: alone },
    actions: { ...inHand, enterCode: nothing, scan },
    pictures: true,
  },
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
  'phone-ask-picture': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', state: 'knocking' },
    pictures: true,
    press: () => [
      () => type('Ada Lovelace'),
      () => document.querySelector<HTMLElement>('.door [role=switch]')?.click(),
    ],
  },
  'phone-knocks-unnamed': {
    page: 'phone',
    snapshot: knocks,
    pictures: true,
  },
  'phone-knocks-picture': {
    page: 'phone',
    snapshot: adaKnocks(face()),
    pictures: true,
  },
  'phone-knocks': {
    page: 'phone',
    snapshot: adaKnocks(),
    pictures: true,
  },
  'phone-settings': {
    page: 'phone',
    snapshot: idle,
    plain: () => ({
      title: label.badSettings,
      what: label.badSettingsWhat('apiKey is missing'),
      next: label.badSettingsNext,
    }),
  },
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
      trust: { ...idle.trust, words },
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
  'phone-reconnecting-asked': {
    page: 'phone',
    snapshot: { ...callee, state: 'reconnecting', asking: true },
    actions: inHand,
    pictures: true,
  },
  'phone-no-picture': { page: 'phone', snapshot: callee, actions: inHand },
  'phone-weak': {
    page: 'phone',
    snapshot: callee,
    actions: inHand,
    pictures: true,
    history: minute(true),
  },
  'phone-problems': {
    page: 'phone',
    snapshot: {
      ...callee,
      camera: { on: true, problem: 'camera_busy' },
      microphone: { on: true, problem: 'microphone_refused' },
    },
    actions: inHand,
    pictures: true,
  },
  'phone-device-gone': {
    page: 'phone',
    snapshot: {
      ...callee,
      microphone: { on: true, name: 'Phone', change: 'gone', was: 'Headset' },
    },
    actions: inHand,
    pictures: true,
  },
  'phone-swapped': {
    page: 'phone',
    snapshot: { ...callee, trust: { ...idle.trust, words, swapped: true } },
    actions: inHand,
    pictures: true,
  },
  'phone-words-compared': {
    page: 'phone',
    snapshot: { ...callee, trust: { ...idle.trust, words, verified: true } },
    actions: inHand,
    pictures: true,
    press: () => [panels().trust.compared],
  },
  'phone-words-none': {
    page: 'phone',
    snapshot: callee,
    actions: inHand,
    pictures: true,
    press: () => [panels().trust.title],
  },
  /** What is to come in the call has its place. */
  'phone-connecting-all': {
    page: 'phone',
    snapshot: { ...callee, state: 'connecting' },
    actions: { ...inHand, shareScreen: nothing, chat: undefined },
    pictures: true,
  },
  /** In a browser on a desk, with more than one camera. */
  'phone-all': {
    page: 'phone',
    snapshot: { ...callee, other: { ...call.other, showsScreens: true } },
    actions: { ...inHand, shareScreen: nothing, chat: silent },
    pictures: true,
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
  'phone-paused-ours': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', camera: { ...call.camera, paused: true } },
    actions: inHand,
    pictures: true,
    history: minute(true),
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
