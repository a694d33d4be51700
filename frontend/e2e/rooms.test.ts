// Rooms that cannot be entered: each is told in its own words. And one that can.
import { afterEach, expect, test } from 'vitest';
import { Call, loopback, testDevices } from './lib/cli.js';
import { Desktop } from './lib/desktop.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { callWith } from './lib/scene.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

const elsewhere = (link: string): string => link.replace(/room=[^&]*/, 'room=zzzz-zzzz-zzzz');

test.each([
  ['what is no room ID', () => 'not a room!', 'bad_room_id', 2],
  ['half a link', (link: string) => link.replace(/#.*/, ''), 'bad_invite', 2],
  ['a room that nobody made', elsewhere, 'room_not_found', 4],
  [
    'a server that answers with another certificate',
    (link: string) => link.replace(/cert=./, (c) => (c === 'cert=A' ? 'cert=B' : 'cert=A')),
    'untrusted',
    3,
  ],
  [
    'a server that is not there',
    (link: string) => link.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'),
    'unreachable',
    3,
  ],
])('parley call join: %s', async (_, change, code, exit) => {
  const caller = new Call(cleanup, ['create', ...testDevices]);
  const { invite } = await caller.event('room');
  const joiner = new Call(cleanup, ['join', change(invite), ...testDevices]);
  expect((await joiner.event('error')).code).toBe(code);
  expect((await joiner.event('end')).reason).toBe('failed');
  expect(await joiner.program.exited).toBe(exit);
});

test('a link to a closed room, in the window and on the phone', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const caller = new Call(cleanup, ['create', ...testDevices]);
  const { invite } = await caller.event('room');
  const [desktop, phone] = await Promise.all([Desktop.start(cleanup), chromium(cleanup, 1_100)]);
  const window = await desktop.open(['--camera', 'test', ...loopback]);
  await window.type('Room ID, invite link or call code', elsewhere(invite));
  await window.press('Join');
  await window.says('There is no such room.');
  await window.releases();
  await phone.join(elsewhere(invite));
  await phone.says(/There is no such room/);
  await phone.releases();

  // The room that is there can be entered from the same screen.
  await window.type('Room ID, invite link or call code', invite);
  await window.press('Join');
  await window.says('Connected');
  await caller.state('connected');
  await window.moves('Other person');
});

test('a third is told that the room is full, and the call goes on', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const { window, phone, link } = await callWith(cleanup);
  const third = new Call(cleanup, ['join', link, ...testDevices]);
  expect((await third.event('error')).code).toBe('room_full');
  await third.event('end');
  expect(await third.program.exited).toBe(4);
  const other = await chromium(cleanup, 1_100);
  await other.join(link);
  await other.says(/Two people are in this room already/);
  await other.releases();
  await phone.sees();
  await window.moves('Other person');
});

test('a window that is started with an invite link joins', async () => {
  const caller = new Call(cleanup, ['create', ...testDevices]);
  const { invite } = await caller.event('room');
  const desktop = await Desktop.start(cleanup);
  const window = await desktop.open(['--camera', 'test', ...loopback, invite]);
  await window.says('Connected');
  await window.moves('Other person');
  await window.program.stop();
  expect(await caller.ended(1_000)).toBe('other_hung_up');
});
