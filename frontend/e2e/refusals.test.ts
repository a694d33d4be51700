// What Firestore refuses a phone's page: writes and reads, by rules that turn
// under it, and its user's token. PROTOCOL.md, section 6, says what is promised
// then.
import { describe, test } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { rulesFile } from './lib/emulator.js';
import { Hosting } from './lib/hosting.js';
import { chromium } from './lib/phone.js';
import { connect, create, inCall, restart, waiting, waitingAt } from './lib/place.js';
import { cleanupOf, until, type Cleanup } from './lib/process.js';
import { RefusingProxy } from './lib/refusing.js';
import { empty, Site } from './lib/site.js';

const rules = (what: string): string => `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /{document=**} { ${what} }
  }
}`;
const readOnly = rules('allow read: if true;');
const nothing = rules('allow read, write: if false;');

/** What an action at Firebase may take, and what a busy machine adds, in ms. */
const bound = 15_000;

/** The page, whose way to Firestore leads through a proxy that can refuse its token. */
async function refusing(site: Site, cleanup: Cleanup): Promise<RefusingProxy & { page: string }> {
  const proxy = await RefusingProxy.start(cleanup, site.emulator.host);
  const { origin } = await Hosting.start(cleanup, {
    projectId: site.project,
    apiKey: 'demo-key',
    firestoreEmulator: proxy.host,
    authEmulator: site.users.host,
  });
  return Object.assign(proxy, { page: origin });
}

describe.concurrent('Firestore refuses a phone', () => {
  test('to write: it is told so in plain words, and goes on when it may', async (context) => {
    const place = await waiting(context, cleanupOf(context));
    const { phone, invite, site } = place;
    await site.emulator.setRules(site.project, readOnly);
    await phone.page.open(site.hosting.origin);
    await phone.press(/^create room/i);
    await phone.says(/The room’s server refused the request/, bound);
    await phone.releases();
    await phone.join(invite);
    await phone.says(/The room’s server refused the request/, bound);
    await phone.releases();
    await site.emulator.setRules(site.project, rulesFile());
    await phone.press(/^join/i);
    await connect(place);
  });

  test('all, in the call: it goes on, and what it leaves is swept later', async (context) => {
    const cleanup = cleanupOf(context);
    const place = await waiting(context, cleanup);
    const { phone, site, call, invite, env } = place;
    await inCall(place);
    await site.emulator.setRules(site.project, nothing);
    await phone.page.changeNetwork();
    await phone.sees();
    await phone.press(/^hang up/i);
    context.expect((await call.event('end')).reason).toBe('other_hung_up');
    // To whom the rules show nothing, a room is one that is taken.
    await phone.join(invite);
    await phone.says(/Two people are in this room already/, bound);
    await phone.releases();
    await site.emulator.setRules(site.project, rulesFile());
    const next = new Call(cleanup, ['create', ...testDevices], env);
    await next.state('waiting');
    next.hangUp();
    await empty(site);
  });

  test('its token, while it waits, in the call and as it hangs up', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup);
    const proxy = await refusing(site, cleanup);
    const [caller, callee] = await Promise.all([
      chromium(cleanup, 1_000),
      chromium(cleanup, 1_300),
    ]);
    const link = await create(caller, proxy.page);
    const [user] = site.users.users;
    const refused = async (): Promise<void> => {
      const { length } = site.users.refreshed;
      proxy.refuse();
      await until('another token', () => site.users.refreshed.length > length, bound);
      context.expect(site.users.refreshed.every((who) => who === user)).toBe(true);
    };
    await refused();
    await callee.join(link.replace(proxy.page, site.hosting.origin));
    await Promise.all([caller.sees(bound), callee.sees(bound)]);
    await refused();
    await restart(callee, bound); // the caller hears the offer, and answers it
    proxy.refuse();
    await caller.press(/^hang up/i);
    await callee.says(/The other person hung up/, bound);
    await empty(site);
    context.expect(site.users.users).toHaveLength(2);
  });

  test('its token between its claim and its answer', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup);
    const proxy = await refusing(site, cleanup);
    const env = { ...site.env, PARLEY_FIREBASE_PAGE: proxy.page };
    const place = await waitingAt(site, cleanup, env);
    proxy.answered = (url) => {
      if (!url.includes(':commit') || proxy.refusals > 0) return;
      proxy.refuse();
    };
    await inCall(place);
    context.expect(proxy.refusals).toBeGreaterThan(0);
    context.expect(site.users.refreshed).toHaveLength(1);
    await connect(place);
  });
});
