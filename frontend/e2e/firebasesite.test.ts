// `make firebase-site`: what it puts into the page, and what it refuses.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Cleanup } from './lib/process.js';

const script = join(import.meta.dirname, '../../build/firebase/site.mjs');

let cleanup: Cleanup;
let folder: string;
beforeEach(() => {
  cleanup = new Cleanup();
  folder = cleanup.folder();
});
afterEach(() => cleanup.close());

function build(env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
  const { PATH = '' } = process.env;
  return promisify(execFile)(process.execPath, [script, join(folder, 'site')], {
    env: { PATH, ...env },
  });
}

function file(text: string): Record<string, string> {
  const path = join(folder, 'firebase-config.json');
  writeFileSync(path, text);
  return { FIREBASE_CONFIG: path };
}

function built(): { page: string; settings: unknown } {
  const page = readFileSync(join(folder, 'site/index.html'), 'utf8');
  const json = /<script type="application\/json" id="firebase">(.*)<\/script>/.exec(page)?.[1];
  return { page, settings: JSON.parse(json ?? '') };
}

const web = { apiKey: 'AIza-1', projectId: 'demo-site', authDomain: 'demo-site.firebaseapp.com' };

test('the site is the phone page with its settings and its files', async () => {
  await build(file(JSON.stringify({ ...web, storageBucket: 'demo-site.appspot.com' })));
  const { page, settings } = built();
  expect(settings).toEqual(web); // and nothing that it does not need
  const assets = readdirSync(join(folder, 'site/assets'));
  const named = [...page.matchAll(/\/assets\/([^"]+)/g)].map((match) => match[1]);
  expect(named.length).toBeGreaterThan(0);
  for (const name of named) expect(assets).toContain(name);
  const other = readFileSync(join(import.meta.dirname, '../dist/index.html'), 'utf8');
  const desktop = [...other.matchAll(/\/assets\/(index-[^"]+\.js)/g)].map((match) => match[1]);
  expect(desktop.length).toBeGreaterThan(0);
  for (const name of desktop) expect(assets).not.toContain(name);
});

test("the console's script and the environment do as well", async () => {
  await build(file(`const firebaseConfig = { apiKey: "AIza-1", projectId: 'demo-site' };`));
  expect(built().settings).toEqual({ projectId: 'demo-site', apiKey: 'AIza-1' });
  await build({ PARLEY_FIREBASE_PROJECT: 'demo-env', PARLEY_FIREBASE_API_KEY: 'AIza-2' });
  expect(built().settings).toEqual({ projectId: 'demo-env', apiKey: 'AIza-2' });
});

test('a site with App Check lets reCAPTCHA in, and no other does', async () => {
  const config = join(folder, 'firebase.appcheck.json');
  const appCheck = { ...web, appId: '1:2:web:3', appCheckKey: 'site-key' };
  await build(file(JSON.stringify(appCheck)));
  expect(built().settings).toEqual(appCheck);
  const ours = readFileSync(join(script, '../firebase.json'), 'utf8');
  const theirs = readFileSync(config, 'utf8');
  expect(ours).not.toContain('google.com/recaptcha');
  expect(theirs).toContain(
    "default-src 'none'; script-src 'self' https://www.google.com/recaptcha/",
  );
  expect(theirs).toContain('frame-src https://www.google.com/recaptcha/');
  const others = (text: string): unknown =>
    JSON.parse(text, (key, value: unknown) => (key === 'value' ? '' : value));
  expect(others(theirs)).toEqual(others(ours));
  await build(file(JSON.stringify(web)));
  expect(existsSync(config)).toBe(false);
});

test.each([
  ['a service account', '{"type":"service_account","private_key":"x"}', /service account/],
  ['no project', '{"apiKey":"AIza-1"}', /projectId/],
  ['no key', '{"projectId":"demo-site"}', /apiKey/],
  ['a way to sign in that is none', JSON.stringify({ ...web, auth: 'password' }), /auth is/],
  ['App Check for no app', JSON.stringify({ ...web, appCheckKey: 'key' }), /appId is missing/],
  ['markup', JSON.stringify({ ...web, appId: '</script><script>' }), /appId/],
])('%s is refused', async (_, text, why) => {
  await expect(build(file(text))).rejects.toThrow(why);
  expect(existsSync(join(folder, 'site'))).toBe(false);
});

test('no settings at all are refused with what to do', async () => {
  await expect(build({ FIREBASE_CONFIG: join(folder, 'none.json') })).rejects.toThrow(/none\.json/);
});
