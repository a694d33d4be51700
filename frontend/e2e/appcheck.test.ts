// A page with App Check, under the policy that `make firebase-site` writes for it.
// Google's reCAPTCHA and its service are played by the test.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BrowserContext } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { Hosting } from './lib/hosting.js';
import { chromium } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { empty, Site } from './lib/site.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

const token = 'of-app-check';

const grecaptcha = `let done;
window.grecaptcha = {
  enterprise: {
    ready: (then) => then(),
    render: (box, { callback }) => ((done = callback), 0),
    execute: async () => (done(), 'attested'),
  },
};`;

/** What a page asked of Firebase, and with which token of App Check. */
class Google {
  readonly asked: { what: string; token: string | undefined }[] = [];
  readonly attested: string[] = [];

  async play(context: BrowserContext): Promise<void> {
    context.on('request', (request) => {
      const what = /:(signUp|lookup|batchGet|commit)\b/.exec(request.url())?.[1];
      if (!what || request.method() !== 'POST') return;
      this.asked.push({ what, token: request.headers()['x-firebase-appcheck'] });
    });
    await context.route('https://www.google.com/recaptcha/enterprise.js?*', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: grecaptcha }),
    );
    await context.route('https://content-firebaseappcheck.googleapis.com/**', (route) => {
      this.attested.push(`${route.request().url()} ${route.request().postData() ?? ''}`);
      const headers = { 'Access-Control-Allow-Origin': '*' };
      return route.fulfill({ headers, json: { token, ttl: '3600s' } });
    });
  }
}

/** The configuration that `make firebase-site` writes for a site with App Check. */
async function configuration(settings: object): Promise<string> {
  const folder = cleanup.folder();
  const file = join(folder, 'firebase-config.json');
  writeFileSync(file, JSON.stringify(settings));
  const script = join(import.meta.dirname, '../../build/firebase/site.mjs');
  await promisify(execFile)(process.execPath, [script, join(folder, 'site')], {
    env: { PATH: process.env['PATH'], FIREBASE_CONFIG: file },
  });
  return join(folder, 'firebase.appcheck.json');
}

test('whatever the page asks of Firebase has a token of App Check', async (context) => {
  const site = await Site.start(context, cleanup);
  const settings = {
    projectId: site.project,
    apiKey: 'demo-key',
    appId: '1:2:web:3',
    appCheckKey: 'site-key',
  };
  const emulators = { firestoreEmulator: site.emulator.host, authEmulator: site.users.host };
  const config = await configuration(settings);
  const { origin } = await Hosting.start(cleanup, { ...settings, ...emulators }, config);
  const google = new Google();
  const phone = await chromium(cleanup, 1_100, { prepare: (browser) => google.play(browser) });
  const env = { ...site.env, PARLEY_FIREBASE_PAGE: origin };
  // The second time the browser has kept its user, about whom it asks at once.
  for (const known of [false, true]) {
    google.asked.length = 0;
    const call = new Call(cleanup, ['create', ...testDevices], env);
    const { invite } = await call.event('room');
    await call.state('waiting');
    await phone.page.open('about:blank');
    await phone.join(invite);
    await Promise.all([call.state('connected'), phone.says(/Connected/)]);
    call.hangUp();
    await phone.says(/The other person hung up/);
    const asked = google.asked.map(({ what }) => what);
    expect(asked).toContain(known ? 'lookup' : 'signUp');
    expect(asked).toContain('batchGet');
    expect(google.asked.map((a) => a.token)).toEqual(asked.map(() => token));
  }
  expect(google.attested[0]).toContain('apps/1:2:web:3:exchangeRecaptchaEnterpriseToken');
  expect(google.attested[0]).toContain('attested');
  await empty(site);
});
