// The keys, in the real window.
import { afterEach, expect, test } from 'vitest';
import { loopback } from './lib/cli.js';
import { Desktop } from './lib/desktop.js';
import { needs } from './lib/needs.js';
import { manageWindows, panelPath } from './lib/panel.js';
import { Cleanup, run, until } from './lib/process.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('the keys do what the help sheet says, and not in a text field', async (context) => {
  needs(context, panelPath, 'xfce4-panel, xfwm4 and xclip');
  const desktop = await Desktop.start(cleanup);
  await manageWindows(desktop);
  const { env } = desktop;
  const window = await desktop.open(['--camera', 'test', '--microphone', 'test', ...loopback]);
  const xdotool = (...args: string[]): Promise<Buffer> => run('xdotool', args, { env });
  const key = (name: string): Promise<Buffer> => xdotool('key', name);
  const size = async (): Promise<string | undefined> => {
    const found = await xdotool(
      'search',
      '--onlyvisible',
      '--name',
      'Parley$',
      'getwindowgeometry',
    );
    return /Geometry: (\S+)/.exec(String(found))?.[1];
  };

  await window.type('Room ID, invite link or call code', 'mvf');
  expect(await window.has({ name: 'Mute microphone', role: 'push button' })).toBe(true);
  await window.press('Create room');
  await window.invite();
  await key('m');
  await window.find({ name: 'Unmute microphone' });
  await xdotool('keydown', 'space');
  await window.find({ name: 'Mute microphone' });
  await xdotool('keyup', 'space');
  await window.find({ name: 'Unmute microphone' });
  await key('v');
  await window.find({ name: 'Turn camera on' });
  await key('question');
  await window.find({ name: 'Keyboard shortcuts', role: 'dialog' });
  await key('Escape');
  await until(
    'the help sheet closed',
    async () => !(await window.has({ name: 'Keyboard shortcuts' })),
  );

  await key('ctrl+comma');
  await window.find({ name: 'Settings', role: 'dialog' });
  await key('Escape');
  await until(
    'the settings closed',
    async () => !(await window.has({ name: 'Settings', role: 'dialog' })),
  );

  await key('f');
  await until('full screen', async () => (await size()) === '1280x800');
  await key('Escape');
  await until('the window as before', async () => (await size()) !== '1280x800');
  await key('ctrl+d');
  await window.says('You hung up');
});
