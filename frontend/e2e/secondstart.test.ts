// What happens beside the window: a program that is started twice, a machine that is
// kept awake, and notifications of what its user does not see.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Call, loopback, testDevices } from './lib/cli.js';
import { Desktop, PARLEY } from './lib/desktop.js';
import { needs } from './lib/needs.js';
import { Cleanup, Program, run, until } from './lib/process.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());
const dunst = existsSync('/usr/bin/dunst') ? '/usr/bin/dunst' : undefined;

test('a second start brings the first its link, and the desktop hears of the call', async (context) => {
  needs(context, dunst, 'dunst');
  const desktop = await Desktop.start(cleanup);
  const { env } = desktop;
  env['DBUS_SYSTEM_BUS_ADDRESS'] = env['DBUS_SESSION_BUS_ADDRESS'];
  const standIn = join(import.meta.dirname, 'lib/awake.py');
  const awake = new Program('/usr/bin/python3', [standIn], cleanup, { env });
  for (const name of ['ScreenSaver', 'login1'])
    await awake.line((l) => (l === `org.freedesktop.${name} is there` ? l : undefined), name);
  const kept = () => awake.output.match(/^(screen|sleep).*/gm) ?? [];
  const notifications = new Program('dunst', [], cleanup, { env });
  const up = async (): Promise<boolean> =>
    run('dunstctl', ['count'], { env }).then(
      () => true,
      () => false,
    );
  await until('dunst', up).catch(() => Promise.reject(new Error(notifications.output)));
  // Dunst tells of what it has shown, once that is closed.
  const list = ['--session', '--print-reply', '--dest=org.freedesktop.Notifications'];
  const past = ['/org/freedesktop/Notifications', 'org.dunstproject.cmd0.NotificationListHistory'];
  const shows = (text: string): Promise<unknown> =>
    until(`a notification "${text}"`, async () => {
      await run('dunstctl', ['close-all'], { env });
      return String(await run('dbus-send', [...list, ...past], { env })).includes(text);
    });
  const window = await desktop.open(['--camera', 'test', '--microphone', 'test', ...loopback]);
  // Without a window manager the keyboard belongs to what is under the pointer:
  // somebody looks at something else.
  await run('xdotool', ['mousemove', '2', '2'], { env });
  await window.press('Create room');
  const ours = await window.invite();
  expect(kept()).toEqual([]);
  const guest = new Call(cleanup, ['join', ours, ...testDevices]);
  await guest.state('connected');
  await shows('The other person has joined.');
  await until('a machine kept awake', () => kept().length === 2);
  expect(kept()).toEqual(['sleep:idle: Parley', 'screen: Parley']);
  guest.program.signal('SIGSTOP');
  await shows('Connection lost. Reconnecting');
  guest.program.signal('SIGCONT');
  await window.says('Connected');
  guest.hangUp();
  await shows('The other person hung up.');
  await until('a machine that may sleep', () => kept().length === 4);
  expect(kept().slice(2).sort()).toEqual(['screen: let go', 'sleep:idle: let go']);

  const host = new Call(cleanup, ['create', ...testDevices]);
  const { invite } = await host.event('room');
  const second = new Program(PARLEY, [invite], cleanup, { env });
  expect(await second.exited, second.output).toBe(0);
  await host.state('connected');
  await window.says('Connected');

  await window.press('Hang up');
  expect((await host.event('end')).reason).toBe('other_hung_up');

  // A link that a browser hands on may be any web page's: the user is asked.
  const other = new Call(cleanup, ['create', ...testDevices]);
  const { invite: asked } = await other.event('room');
  await other.state('waiting');
  const handed = new Program(PARLEY, [`parley:${asked}`], cleanup, { env });
  expect(await handed.exited, handed.output).toBe(0);
  await window.says('A link invites you to a call.');
  expect(other.program.output).not.toContain('"state":"connecting"');
  await window.press('Join');
  await other.state('connected');

  // Without a link it is only a wish to see the window; in the call it goes on.
  const third = new Program(PARLEY, [], cleanup, { env });
  expect(await third.exited, third.output).toBe(0);
  await window.press('Hang up');
});
