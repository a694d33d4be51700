// The screens of the gallery before and after a call, in the window.
import { desktop, list } from '../model/desktop.ts';
import { panels } from '../model/panels.ts';
import { idle } from '../model/snapshot.ts';
import { label, words } from '../model/words.ts';
import {
  examine,
  examining,
  failed,
  invite,
  never,
  nothing,
  scan,
  setting,
  setup,
} from './madeup.ts';
import type { Screen } from './screens.ts';

const elsewhere = setup.items.filter(({ key }) => key !== 'signaling' && key !== 'video.height');

export const homes: Record<string, Screen> = {
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
  'home-rejoin-callee': {
    page: 'desktop',
    snapshot: idle,
    offer: { role: 'callee', invite, reopens: false, crashed: true },
  },
  'home-rejoin-create': {
    page: 'desktop',
    snapshot: idle,
    offer: { role: 'caller', invite, reopens: false, crashed: true },
  },
  'home-busy': {
    page: 'desktop',
    snapshot: idle,
    actions: { createRoom: never },
    press: () => [label.createRoom],
  },
  'home-off': {
    page: 'desktop',
    snapshot: { ...idle, microphone: { on: false }, camera: { on: false } },
  },
  'home-starting': { page: 'desktop', snapshot: { ...idle, preview: true } },
  'home-doctor-busy': {
    page: 'desktop',
    snapshot: idle,
    actions: { examine: examining },
    press: () => [desktop().examine],
  },
  'home-devices-absent': {
    page: 'desktop',
    snapshot: {
      ...idle,
      microphone: { on: true, problem: 'microphone_refused' },
      choice: { ...idle.choice, camera: 'USB camera', speaker: 'none' },
    },
    pictures: true,
    press: () => [label.devices],
  },
  settings: { page: 'desktop', snapshot: idle, press: () => [desktop().settings.title] },
  'settings-others': {
    page: 'desktop',
    snapshot: idle,
    press: () => [
      desktop().settings.title,
      desktop().settings.others,
      () => document.querySelector('.dialog')?.scrollTo({ top: 10_000 }),
    ],
  },
  'settings-elsewhere': {
    page: 'desktop',
    snapshot: idle,
    settings: {
      ...setup,
      items: [
        ...elsewhere,
        setting('signaling', 'lan', { source: 'flag', place: 'flag --signaling' }),
        setting('video.height', 900, { restart: true }),
      ],
      startAtLogin: false,
      loginProblem: 'There is no session that could start it.',
    },
    press: () => [desktop().settings.title],
  },
  'settings-refused': {
    page: 'desktop',
    snapshot: idle,
    settings: setup,
    press: () => [desktop().settings.title, desktop().settings.useProject],
  },
  unsupported: {
    page: 'desktop',
    snapshot: idle,
    plain: () => ({
      title: label.unsupported,
      what: desktop().noDecoders(list(['VP8', 'H.264'])),
      next: desktop().webviewNext,
    }),
  },
  'unsupported-old': {
    page: 'desktop',
    snapshot: idle,
    plain: () => ({
      title: label.unsupported,
      what: desktop().noWebCodecs,
      next: desktop().webviewNext,
    }),
  },
  outside: {
    page: 'desktop',
    snapshot: idle,
    plain: () => ({ title: desktop().outside, what: '', next: desktop().outsideNext }),
  },
  /** Each of the many that have one place on the screen. */
  sentences: {
    page: 'desktop',
    snapshot: idle,
    sentences: () => ({
      info: [...Object.values(words.reason), label.oursPaused],
      alert: [
        label.swapped,
        ...Object.values(words.code),
        ...Object.values(panels().screens.problem).map((what) => ({ what, next: '' })),
      ],
    }),
  },
};
