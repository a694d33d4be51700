// Two clients of the plain schema call each other, so that the stand-in for
// what is out there is known to work before ours is held against it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { needsEmulator, rulesFile } from './lib/emulator.js';
import { needs } from './lib/needs.js';
import { OldClients, type OldClientOptions } from './lib/oldclients.js';
import { chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { sharedEmulator } from './lib/site.js';

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.close());

test.each<[string, OldClientOptions]>([
  ['candidates after the room', {}],
  ['candidates before the room and the answer', { candidates: 'before' }],
  ['no usernameFragment, in another order', { usernameFragment: false, shuffle: 7 }],
])('two old clients call each other: %s', async (_, options) => {
  const emulator = await sharedEmulator(cleanup);
  const project = await emulator.project(rulesFile('firestore.dev.rules'));
  const clients = await OldClients.start(cleanup, emulator.host, project);
  const caller = await clients.open(options);
  const callee = await clients.open(options);

  const room = await caller.create();
  expect(room).toMatch(/^[0-9A-Za-z]{20}$/);
  await callee.join(room);

  await Promise.all([caller.is('connected'), callee.is('connected')]);
  await Promise.all([caller.sees(), callee.sees()]);
  const documents = await emulator.documents(project);
  const written = documents.find(({ path }) => path === `rooms/${room}`);
  expect(Object.keys(written?.fields ?? {}).sort()).toEqual(['answer', 'createdAt', 'offer']);
  const fields = documents
    .filter((d) => d.path !== written?.path)
    .map((d) => Object.keys(d.fields).sort());
  const plain = ['candidate', 'sdpMLineIndex', 'sdpMid'];
  if (options.usernameFragment !== false) plain.push('usernameFragment');
  expect(fields.length).toBeGreaterThan(0);
  for (const names of fields) expect(names).toEqual(plain);

  // What is still on its way nobody would delete.
  await Promise.all([caller.settled(), callee.settled()]);
  await callee.hangUp();
  await caller.is('closed');
  expect(await emulator.count(project)).toBe(0);
});

beforeEach((context) => {
  needs(context, chromiumPath, 'Chromium');
  needsEmulator(context);
});
