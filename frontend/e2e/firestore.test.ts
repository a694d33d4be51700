// The real window and others in rooms of Cloud Firestore: a phone with the
// hosted page, and `parley call`.
import { afterEach, describe, expect, test } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { Desktop, type Window } from './lib/desktop.js';
import { chromium, type Phone } from './lib/phone.js';
import { Cleanup, until } from './lib/process.js';
import { empty, Site } from './lib/site.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

async function openWindow(site: Site): Promise<Window> {
  const desktop = await Desktop.start(cleanup);
  desktop.sound.speak(700);
  Object.assign(desktop.env, site.env);
  return desktop.open(['--camera', 'test', ...site.args]);
}

/** The invite link that a phone shows. */
const linkOn = (phone: Phone): Promise<string> =>
  until('an invite link', async () =>
    /https?:\/\/\S+#room=\S+/.exec(await phone.page.text())?.at(0),
  );

async function talk(window: Window, phone: Phone): Promise<void> {
  await Promise.all([window.says('Connected'), phone.says(/Connected/)]);
  await Promise.all([phone.sees(), phone.hears(700), window.moves('Other person')]);
}

describe('the window and a phone', () => {
  test('the window creates, the phone joins and hangs up', async (context) => {
    const site = await Site.start(context, cleanup);
    const [window, phone] = await Promise.all([openWindow(site), chromium(cleanup, 1_100)]);
    await window.press('Create room');
    const link = await window.invite();
    expect(link.startsWith(`${site.hosting.origin}/#room=`)).toBe(true);
    await phone.join(link);
    await talk(window, phone);
    await phone.press(/^Hang up/);
    await window.says('The other person hung up.');
    await window.releases();
    await empty(site);
  });

  test('the phone creates, the window joins by the bare room ID and hangs up', async (context) => {
    const site = await Site.start(context, cleanup);
    const [window, phone] = await Promise.all([openWindow(site), chromium(cleanup, 1_100)]);
    await phone.page.open(site.hosting.origin);
    await phone.press(/^create room/i);
    const link = await linkOn(phone);
    await window.type('Room ID, invite link or call code', link.replace(/.*#room=/, ''));
    await window.press('Join');
    await talk(window, phone);
    await window.press('Hang up');
    await phone.says(/The other person hung up/);
    await empty(site);
  });

  // Its process ends in outage.test.ts.
  test('the emulator goes away in the call and comes back', async (context) => {
    const site = await Site.start(context, cleanup);
    const [window, phone] = await Promise.all([openWindow(site), chromium(cleanup, 1_100)]);
    await window.press('Create room');
    await phone.join(await window.invite());
    await talk(window, phone);
    await site.emulator.stop();
    await Promise.all([phone.sees(), window.moves('Other person')]);
    await site.emulator.restart();
    await phone.sees();
    await phone.press(/^Hang up/);
    await window.says('The other person hung up.');
    await empty(site);
  });
});

test('a room left behind by a killed program is swept by the next start', async (context) => {
  const site = await Site.start(context, cleanup);
  const home = cleanup.folder();
  const env = { ...site.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
  const killed = new Call(cleanup, ['create', ...testDevices], env);
  await killed.state('waiting');
  expect(await site.emulator.count(site.project)).toBeGreaterThan(0);
  killed.program.signal('SIGKILL');
  await killed.program.exited;
  const next = new Call(cleanup, ['create', ...testDevices], env);
  const { id } = await next.event('room');
  const own = `rooms/${id.replaceAll('-', '')}`;
  await until('the old room being swept', async () => {
    const left = await site.emulator.documents(site.project);
    return left.every(({ path }) => path.startsWith(own)) || undefined;
  });
  next.hangUp();
  await next.event('end');
  await empty(site);
});

test('Firestore cannot be reached', async (context) => {
  const site = await Site.start(context, cleanup);
  await site.emulator.stop();
  const call = new Call(cleanup, ['create', ...testDevices], site.env);
  expect((await call.event('error', undefined, 30_000)).code).toBe('unreachable');
  expect(await call.program.exited).toBe(3);
});
