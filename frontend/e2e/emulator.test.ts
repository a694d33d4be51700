// The emulator's launcher itself: rules hold, and an outage loses nothing.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Emulator, needsEmulator } from './lib/emulator.js';
import { Cleanup } from './lib/process.js';

const rules = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /rooms/{room} { allow get: if true; }
  }
}`;

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.close());

test('the Firestore emulator keeps rules and documents over an outage', async (context) => {
  needsEmulator(context);
  const emulator = await Emulator.start(cleanup);
  const project = await emulator.project(rules);
  const other = await emulator.project(rules);
  await emulator.put(project, { path: 'rooms/x', fields: { a: { stringValue: 'b' } } });
  await emulator.put(project, { path: 'rooms/gone/callerCandidates/y', fields: {} });
  const url = `http://${emulator.host}/v1/projects/${project}/databases/(default)/documents/rooms`;

  await emulator.stop();
  await expect(fetch(url)).rejects.toThrow();
  await emulator.restart();

  expect((await fetch(`${url}/x`)).status).toBe(200);
  expect((await fetch(url)).status).toBe(403); // a list
  expect(await emulator.count(project)).toBe(2);
  expect(await emulator.count(other)).toBe(0);
  await emulator.delete(project, 'rooms/x');
  expect(await emulator.count(project)).toBe(1);
});
