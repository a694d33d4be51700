// @vitest-environment happy-dom
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firebaseSettings, parseSettings, SettingsError } from './firestoresettings.ts';

test('a page without settings belongs to the local network', () => {
  expect(firebaseSettings(document)).toBeUndefined();
});

test('what the page holds is read', () => {
  // eslint-disable-next-line no-restricted-properties -- a fixed text of the test
  document.head.innerHTML =
    '<script type="application/json" id="firebase">{"projectId": "demo-x", "apiKey": "k"}</script>';
  expect(firebaseSettings(document)).toEqual({
    projectId: 'demo-x',
    apiKey: 'k',
    auth: 'anonymous',
  });
});

test('all of the settings are taken, and what is not ours is left out', () => {
  const all = {
    projectId: 'demo-x',
    apiKey: 'k',
    authDomain: 'demo-x.firebaseapp.com',
    appId: '1:2:web:3',
    auth: 'none',
    appCheckKey: 'site',
    firestoreEmulator: '127.0.0.1:8085',
    authEmulator: 'localhost:9099',
    iceServers: [{ urls: ['turn:turn.example.org'], username: 'ada', credential: 'c' }],
  };
  expect(parseSettings(JSON.stringify({ ...all, storageBucket: 'b' }))).toEqual(all);
});

test.each([
  ['', 'not valid JSON'],
  ['[]', 'not a JSON object'],
  ['null', 'not a JSON object'],
  ['{}', 'projectId is missing'],
  ['{"projectId": "Not One"}', 'projectId'],
  ['{"projectId": "demo-x"}', 'apiKey is missing'],
  ['{"projectId": "demo-x", "apiKey": 7}', 'apiKey is not a text'],
  ['{"projectId": "demo-x", "apiKey": "k", "auth": "phone"}', 'auth is neither'],
  ['{"projectId": "demo-x", "apiKey": "k", "iceServers": {}}', 'iceServers is not a list'],
  ['{"projectId": "demo-x", "apiKey": "k", "iceServers": [{"urls": []}]}', 'iceServers is not'],
  ['{"projectId": "demo-x", "apiKey": "k", "authEmulator": "x"}', 'authEmulator is not host:port'],
])('%s: %s', (text, why) => {
  expect(() => parseSettings(text)).toThrow(SettingsError);
  expect(() => parseSettings(text)).toThrow(why);
});

test('whatever the page holds, it is settings or one kind of error', () => {
  const known = fc.record(
    {
      projectId: fc.oneof(fc.constant('demo-x'), fc.jsonValue()),
      apiKey: fc.oneof(fc.constant('k'), fc.jsonValue()),
      auth: fc.oneof(fc.constant('none'), fc.jsonValue()),
      firestoreEmulator: fc.oneof(fc.constant('h:1'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    known.map((k) => JSON.stringify(k)),
  );
  fc.assert(
    fc.property(text, (t) => {
      try {
        const settings = parseSettings(t);
        expect(settings.projectId).toMatch(/^[a-z][-a-z0-9]+$/);
        expect(settings.auth === 'none' || typeof settings.apiKey === 'string').toBe(true);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(SettingsError);
      }
    }),
  );
});
