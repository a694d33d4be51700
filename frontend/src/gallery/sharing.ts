// The screens of the gallery in which somebody shares a screen of theirs.
import type { Actions } from '../host/host.ts';
import { panels } from '../model/panels.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Screen } from './screens.ts';

const nothing = () => Promise.resolve();
const things = {
  screens: [
    { id: '1', name: 'eDP-1', window: false, width: 2560, height: 1600 },
    { id: '2', name: 'HDMI-1', window: false, width: 1920, height: 1080 },
    { id: '3', name: 'Budget 2027.ods, LibreOffice Calc', window: true, width: 1412, height: 930 },
    { id: '4', name: 'Terminal', window: true, width: 800, height: 600 },
  ],
};
const picks: Actions = { shareScreen: nothing, screens: () => Promise.resolve(things) };

/** As a call is otherwise. */
export function sharing(call: Snapshot): Record<string, Screen> {
  const sees = { ...call.other, showsScreens: true };
  return {
    'screen-theirs': {
      page: 'desktop',
      snapshot: { ...call, other: { ...sees, sharing: true, microphoneOn: false } },
      actions: picks,
      pictures: true,
    },
    'screen-ours': {
      page: 'desktop',
      snapshot: { ...call, other: sees, sharing: { on: true, name: 'eDP-1' } },
      actions: picks,
      pictures: true,
    },
    'screen-both': {
      page: 'desktop',
      snapshot: {
        ...call,
        camera: { on: false },
        other: { ...sees, sharing: true, cameraOn: false },
        sharing: { on: true, name: 'eDP-1' },
      },
      actions: picks,
      pictures: true,
    },
    'screen-gone': {
      page: 'desktop',
      snapshot: { ...call, other: sees, sharing: { on: true, problem: 'screen_gone' } },
      actions: picks,
      pictures: true,
    },
    'screen-picker': {
      page: 'desktop',
      snapshot: { ...call, other: sees },
      actions: picks,
      pictures: true,
      press: () => [panels().screens.share],
    },
    'phone-screen': {
      page: 'phone',
      snapshot: { ...call, role: 'callee', other: { ...sees, sharing: true } },
      actions: { switchCamera: nothing },
      pictures: true,
    },
  };
}
