// What a screen reader finds in the real window: whatever is pressed, typed in or
// chosen has a name, and the focus goes back to what opened a dialog.
import { afterEach, expect, test } from 'vitest';
import { loopback } from './lib/cli.js';
import { Desktop, type Window } from './lib/desktop.js';
import { Cleanup, run, until } from './lib/process.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

/** AT-SPI's words for what a user does something with. */
const control =
  /^(push|toggle|radio) button$|^(check|combo) box$|^(entry|link|slider|switch|level bar)$/;

test('every control has a name, and the focus goes back where it was', async () => {
  const desktop = await Desktop.start(cleanup);
  const window = await desktop.open(['--camera', 'test', '--microphone', 'test', ...loopback]);
  const key = (name: string) => run('xdotool', ['key', name], { env: desktop.env });
  const nameless: string[] = [];
  const look = async (where: string, least: number): Promise<void> => {
    const controls = (await window.elements()).filter((e) => e.showing && control.test(e.role));
    expect(controls.length, where).toBeGreaterThanOrEqual(least);
    nameless.push(
      ...controls.filter((e) => !e.name.trim()).map((e) => `${where}: ${e.role} ${String(e.box)}`),
    );
  };

  await window.find({ name: 'Start a call' });
  await look('home', 6);
  for (const [button, last, least] of [
    ['Devices', { name: 'Play a sound' }, 6],
    ['Settings', { name: 'Start at login.*', role: 'check box' }, 8],
  ] as const) {
    const opener = { name: button, role: 'push button' };
    await window.focus(opener);
    await key('Return');
    await window.find(last);
    await look(button, least);
    await window.focus({ name: 'Close', role: 'push button' });
    await key('Return');
    await focused(window, opener);
  }
  await window.press('Create room');
  await window.invite();
  await look('waiting', 6);
  expect(nameless).toEqual([]);
});

const focused = (window: Window, query: { name: string; role: string }) =>
  until(`the focus on ${query.name}`, async () => {
    const { focused: on } = await window.find(query);
    return on || undefined;
  });
