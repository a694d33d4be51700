// What is set in the window stands in the config file and is so at the next
// start; a call that a crash ended is taken up again; and a start in the
// background shows nothing but its icon.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Call, loopback, testDevices } from './lib/cli.js';
import { Desktop, PARLEY } from './lib/desktop.js';
import { needs } from './lib/needs.js';
import { manageWindows, Panel, panelPath, visible } from './lib/panel.js';
import { Cleanup, Program, until } from './lib/process.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());
const args = ['--camera', 'test', '--microphone', 'test', ...loopback];
const check = 'check box';

test('settings are kept, and a call is rejoined after a crash', async () => {
  const desktop = await Desktop.start(cleanup);
  const config = desktop.env['XDG_CONFIG_HOME'] ?? '';
  const state = join(desktop.env['XDG_DATA_HOME'] ?? '', 'parley/call.json');
  const file = join(config, 'parley/config.toml');
  let window = await desktop.open(args);
  await window.press('Settings');
  await window.press('Look for updates.*', check);
  const wrote = (): boolean =>
    existsSync(file) && /^check = false$/m.test(readFileSync(file, 'utf8'));
  await until('the config file', () => Promise.resolve(wrote() || undefined));
  await window.press('Start at login.*', check);
  const entry = join(config, 'autostart/parley.desktop');
  const starts = (): boolean =>
    existsSync(entry) && readFileSync(entry, 'utf8').includes(`Exec="${PARLEY}" --background`);
  await until('the autostart entry', () => Promise.resolve(starts() || undefined));
  await window.press('Close');

  await window.press('Create room');
  const invite = await window.invite();
  const guest = new Call(cleanup, ['join', invite, ...testDevices]);
  await guest.state('connected');
  await window.says('Connected');
  expect(statSync(state).mode & 0o777).toBe(0o600);
  window.program.signal('SIGKILL');
  await window.program.exited;
  await guest.event('end');

  window = await desktop.open(args);
  await window.press('Rejoin');
  expect(await window.invite()).toBe(invite);
  const again = new Call(cleanup, ['join', invite, ...testDevices]);
  await again.state('connected');
  await window.says('Connected');
  await window.press('Hang up');
  await window.press('Settings');
  const kept = (name: string) => window.find({ name, role: check });
  expect((await kept('Look for updates.*')).pressed).toBe(false);
  expect((await kept('Start at login.*')).pressed).toBe(true);
  expect(existsSync(state)).toBe(false);
});

test('in the background there is an icon, and a click on it shows the window', async (context) => {
  needs(context, panelPath, 'xfce4-panel, xfwm4 and xclip');
  const desktop = await Desktop.start(cleanup);
  await manageWindows(desktop);
  const panel = new Panel(desktop);
  panel.start();
  const { pid } = new Program(PARLEY, ['--background', ...args], cleanup, { env: desktop.env });
  const icon = async (): Promise<boolean> => (await panel.lines(pid)).length > 0;
  await until('the icon', async () => (await icon()) || undefined);
  expect(await visible(desktop)).toBe(false);
  const shown = async (): Promise<true | undefined> => {
    await panel.click(1);
    return (await visible(desktop)) || undefined;
  };
  await until('the window', shown);
});
