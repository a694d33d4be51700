// The screens of the gallery in which somebody shares a screen of theirs.
import type { Actions } from '../host/host.ts';
import { panels } from '../model/panels.ts';
import type { ScreenProblem } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { silent } from './chat.ts';
import { call, comes, minute, nothing } from './madeup.ts';
import type { Screen } from './screens.ts';

const things = {
  screens: [
    { id: '1', name: 'eDP-1', window: false, width: 2560, height: 1600 },
    { id: '2', name: 'HDMI-1', window: false, width: 1920, height: 1080 },
    { id: '3', name: 'Budget 2027.ods, LibreOffice Calc', window: true, width: 1412, height: 930 },
    { id: '4', name: 'Terminal', window: true, width: 800, height: 600 },
  ],
};
const later = {
  screens: [
    ...things.screens.filter(({ id }) => id !== '3'),
    { id: '5', name: 'Letter.odt, LibreOffice Writer', window: true, width: 1200, height: 900 },
  ],
};
const picks: Actions = { shareScreen: nothing, screens: () => Promise.resolve(things) };

/** Where there is nothing to pick. */
const lacks = (problem: ScreenProblem): Actions => ({
  shareScreen: nothing,
  screens: () => Promise.resolve({ screens: [], problem }),
});
/** A window is closed, and another one opened, while they are shown. */
const changes: Actions = {
  shareScreen: nothing,
  screens: () => Promise.resolve(document.querySelector('.screens') ? later : things),
};
const sees = { ...call.other, showsScreens: true };
const theirs = { ...sees, sharing: true };

export const sharing: Record<string, Screen> = {
  'screen-theirs': {
    page: 'desktop',
    snapshot: { ...call, other: { ...theirs, microphoneOn: false } },
    actions: picks,
    pictures: true,
  },
  'screen-weak': {
    page: 'desktop',
    snapshot: { ...call, other: theirs },
    actions: picks,
    pictures: true,
    history: minute(true),
  },
  'screen-coming': {
    page: 'desktop',
    snapshot: { ...call, other: theirs },
    actions: picks,
    pictures: 'people',
  },
  'screen-chat': {
    page: 'desktop',
    snapshot: { ...call, other: theirs },
    actions: { ...picks, chat: silent },
    pictures: true,
    press: () => [panels().chat.title],
  },
  'screen-details': {
    page: 'desktop',
    snapshot: { ...call, other: theirs },
    actions: picks,
    pictures: true,
    press: () => [label.details],
  },
  'screen-ours': {
    page: 'desktop',
    snapshot: { ...call, other: sees, sharing: { on: true, name: 'eDP-1' } },
    actions: picks,
    pictures: true,
  },
  'screen-ours-weak': {
    page: 'desktop',
    snapshot: { ...call, other: sees, sharing: { on: true, name: 'eDP-1' } },
    actions: picks,
    pictures: true,
    history: minute(true),
  },
  'screen-both': {
    page: 'desktop',
    snapshot: {
      ...call,
      camera: { on: false },
      other: { ...theirs, cameraOn: false },
      sharing: { on: true, name: 'eDP-1' },
    },
    actions: picks,
    pictures: true,
  },
  'screen-asking': {
    page: 'desktop',
    snapshot: { ...call, other: sees, sharing: { on: true, asking: true } },
    actions: picks,
    pictures: true,
  },
  'screen-gone': {
    page: 'desktop',
    snapshot: { ...call, other: sees, sharing: { on: true, problem: 'screen_gone' } },
    actions: picks,
    pictures: true,
  },
  'screen-no-portal': {
    page: 'desktop',
    snapshot: { ...call, other: sees, sharing: { on: true, problem: 'no_portal' } },
    actions: picks,
    pictures: true,
  },
  'screen-none': {
    page: 'desktop',
    snapshot: { ...call, other: sees },
    actions: lacks('no_screens'),
    pictures: true,
    press: () => [panels().screens.share],
  },
  'screen-picker': {
    page: 'desktop',
    snapshot: { ...call, other: sees },
    actions: picks,
    pictures: true,
    press: () => [panels().screens.share],
  },
  'screen-picker-changed': {
    page: 'desktop',
    snapshot: { ...call, other: sees },
    actions: changes,
    pictures: true,
    press: () => [panels().screens.share, () => comes('.screens :disabled')],
  },
  'phone-screen': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', other: theirs },
    actions: { switchCamera: nothing },
    pictures: true,
  },
  'phone-screen-weak': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', other: theirs },
    actions: { switchCamera: nothing },
    pictures: true,
    history: minute(true),
  },
  'phone-screen-coming': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', other: theirs },
    actions: { switchCamera: nothing },
    pictures: 'people',
  },
  'phone-screen-ours': {
    page: 'phone',
    snapshot: { ...call, role: 'callee', other: sees, sharing: { on: true, name: 'Screen' } },
    actions: { shareScreen: nothing },
    pictures: true,
  },
};
