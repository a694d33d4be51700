// The tray in a real panel, with real clicks; and the window's close button
// where there is no tray.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loopback } from './lib/cli.js';
import { Desktop, PARLEY } from './lib/desktop.js';
import { needs } from './lib/needs.js';
import { closeWindow, manageWindows, Panel, panelPath, pasted, visible } from './lib/panel.js';
import { Cleanup, Program, until } from './lib/process.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());
beforeEach((context) => needs(context, panelPath, 'xfce4-panel, xfwm4 and xclip'));

const args = ['--camera', 'test', '--microphone', 'test', ...loopback];
const amber = [245, 190, 65];

test('the tray makes and ends a call while the window is hidden, and outlives its panel', async () => {
  const desktop = await Desktop.start(cleanup);
  await manageWindows(desktop);
  const panel = new Panel(desktop);
  panel.start();
  const window = await desktop.open(args);
  const { pid } = window.program;
  const hidden = async (): Promise<boolean> => !(await visible(desktop));
  const shown = (): Promise<boolean> => visible(desktop);

  await panel.choose(pid, 'Create room', () => window.has({ name: 'https?://.*' }));
  const link = await window.invite();
  await panel.shows(amber);
  await closeWindow(desktop);
  await until('the window hidden', hidden);

  await panel.choose(pid, 'Copy invite link', async () => (await pasted(desktop)) === link);
  const room = /room=([^&]+)/.exec(link)?.[1];
  await panel.choose(pid, 'Copy room ID', async () => (await pasted(desktop)) === room);
  await panel.choose(pid, 'Mute microphone', async () =>
    (await panel.lines(pid)).some(({ label }) => label === 'Unmute microphone'),
  );
  expect(await hidden()).toBe(true);

  panel.kill();
  await until('the window back without a tray', shown);
  panel.start();
  await panel.shows(amber);
  await closeWindow(desktop);
  await until('the window hidden again', hidden);
  await panel.click(1);
  await until('the window back', shown);

  await panel.choose(pid, 'Hang up', () => window.has({ name: 'Create room' }));
  await panel.choose(pid, 'Quit', () => Promise.resolve(window.program.exitCode !== undefined));
  expect(await window.program.exited).toBe(0);
});

test('without a tray the window asks in a call, and closes without one', async () => {
  const desktop = await Desktop.start(cleanup);
  await manageWindows(desktop);
  const window = await desktop.open(args);
  await window.press('Create room');
  await window.invite();
  await closeWindow(desktop);
  await window.press('Stay in the call');
  await window.invite();
  await closeWindow(desktop);
  await window.press('Hang up and quit');
  expect(await window.program.exited).toBe(0);

  // Without a session bus a screen reader sees nothing, but the window is there.
  const env = { ...desktop.env };
  delete env['DBUS_SESSION_BUS_ADDRESS'];
  const alone = new Program(PARLEY, args, cleanup, { env });
  await until(
    'the window without a session bus',
    async () => (await visible(desktop)) || undefined,
  );
  await closeWindow(desktop);
  expect(await alone.exited, alone.output).toBe(0);
  expect(alone.output).not.toMatch(/panic|systray/);
});
