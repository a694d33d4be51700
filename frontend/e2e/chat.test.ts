// What two people write in a call, and the files that they hand over: in the real
// window, whose files come from the system's dialog and go to the download
// folder, and on a phone.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Desktop } from './lib/desktop.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath, type Phone } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { callWith, type Scene } from './lib/scene.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());
beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const home = ({ env }: Desktop): string => env['HOME'] ?? '';

/** What is in the desktop's download folder. */
function downloads(desktop: Desktop): string[] {
  const folder = join(home(desktop), 'Downloads');
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** A picture that wants more than a busy machine can bring leaves little to a file. */
async function withoutPictures({ window, phone }: Scene): Promise<void> {
  await Promise.all([phone.press(/^Turn camera off/), window.press('Turn camera off')]);
}

function chatOf(phone: Phone) {
  const { chat } = phone.page;
  if (!chat) throw new Error(`${phone.name}'s driver cannot chat`);
  return chat;
}

test('texts go both ways, and are marked when they are there', async () => {
  const { window, phone } = await callWith(cleanup);
  const chat = chatOf(phone);
  await window.press('Chat');
  await window.type('Message', 'The plan is on the table.');
  await window.press('Send message');
  await window.find({ name: '✓✓ Delivered' });
  await phone.press(/^Chat, unread: 1$/);
  await phone.says(/The plan is on the table\./);

  await chat.write('See <b>https://parley.example/plan</b>');
  await phone.says(/Delivered/);
  await window.says('See <b>https://parley.example/plan</b>');
});

/** Runs before the page's own scripts: every file is offered under a name that
 * leads out of any folder. */
const climb = `{
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    if (typeof data !== 'string' || !data.includes('"offer"')) return send.call(this, data);
    return send.call(this, JSON.stringify({ ...JSON.parse(data), name: '../../.ssh/\\u202ekeys' }));
  };
}`;

test('a file of the phone is shown, accepted, and saved whole under a name that leads nowhere', async () => {
  const scene = await callWith(cleanup, (c, hz) => chromium(c, hz, { before: climb }));
  await withoutPictures(scene);
  const { window, phone } = scene;
  const { desktop } = window;
  const bytes = randomBytes(1_000_000);
  await phone.press(/^Chat$/);
  await chatOf(phone).attach('keys', bytes);
  await phone.says(/Waiting for an answer/);
  await window.press('Chat, unread: 1');
  await window.find({ name: 'keys 1.0 MB' });
  expect(downloads(desktop)).toEqual([]);

  await window.press('Accept keys');
  await window.says('Saved in your downloads');
  await phone.says(/Delivered/);
  expect(downloads(desktop)).toEqual(['keys']);
  expect(existsSync(join(home(desktop), '.ssh'))).toBe(false);
  expect(sum(readFileSync(join(home(desktop), 'Downloads/keys')))).toBe(sum(bytes));
});

test('a file that is chosen in the system’s dialog reaches the phone whole', async () => {
  const scene = await callWith(cleanup);
  await withoutPictures(scene);
  const { window, phone } = scene;
  const bytes = randomBytes(1_000_000);
  const path = join(home(window.desktop), 'Holiday plan.pdf');
  writeFileSync(path, bytes);
  await window.press('Chat');
  await window.press('Send a file');
  await window.pick('Send a file', path);
  await phone.press(/^Chat, unread: 1$/);
  await phone.says(/Holiday plan\.pdf\s+1\.0 MB/);

  const saved = chatOf(phone).download();
  await phone.press(/^Accept Holiday plan\.pdf$/);
  const { name, bytes: got } = await saved;
  expect(name).toBe('Holiday plan.pdf');
  expect(sum(got)).toBe(sum(bytes));
  await window.find({ name: 'Delivered' });
});

const breaks = [1e6, 2e6]; // bytes

/** Runs before the page's own scripts: once so much of a file was sent, the channel
 * breaks; and later the network changes. */
const interrupt = `{
  window.sent = 0;
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    send.call(this, data);
    if (typeof data === 'string') return;
    const passes = (bytes) => window.sent < bytes && window.sent + data.byteLength >= bytes;
    const [close, move] = [${String(breaks)}].map(passes);
    window.sent += data.byteLength;
    if (close) this.close();
    if (move) dispatchEvent(new Event('online'));
  };
}`;

test('a file goes on where it was after its channel broke, and after the network changed', async () => {
  const scene = await callWith(cleanup, (c, hz) => chromium(c, hz, { before: interrupt }));
  await withoutPictures(scene);
  const { window, phone } = scene;
  const { desktop } = window;
  const before = await phone.page.generation();
  const bytes = randomBytes(3_000_000);
  await phone.press(/^Chat$/);
  await chatOf(phone).attach('film.mkv', bytes);
  await window.press('Chat, unread: 1');
  await window.press('Accept film.mkv');
  await phone.says(/Delivered/);
  await window.says('Saved in your downloads');
  expect(sum(readFileSync(join(home(desktop), 'Downloads/film.mkv')))).toBe(sum(bytes));
  expect(await phone.page.generation()).not.toBe(before);
  // What was under way when the channel broke is sent again, and no more.
  const sent = await chatOf(phone).sent();
  expect(sent).toBeGreaterThan(bytes.length);
  expect(sent).toBeLessThan(bytes.length + 1e6);
});
