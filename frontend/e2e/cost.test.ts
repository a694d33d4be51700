// What a completed call through Firestore costs in documents, the desktop's
// program and the phone together, with the real rules.
import { afterEach, describe, expect, test, type TestContext } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { CountingProxy, type Documents } from './lib/counting.js';
import { Hosting } from './lib/hosting.js';
import { chromium, type Phone } from './lib/phone.js';
import { Cleanup, until } from './lib/process.js';
import { empty, Site } from './lib/site.js';
import { stunServers } from './lib/stun.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

const budget: Documents = { reads: 16, writes: 12, deletes: 12 };

interface Bench {
  site: Site;
  proxy: CountingProxy;
  origin: string; // of the phone page
  phone: Phone;
  run: (args: string[]) => Call;
}

async function bench(context: TestContext, late: number): Promise<Bench> {
  const stun = await stunServers(cleanup, late, 40);
  const site = await Site.start(context, cleanup);
  const proxy = await CountingProxy.start(cleanup, site.emulator.host);
  const { origin } = await Hosting.start(cleanup, {
    projectId: site.project,
    apiKey: 'demo-key',
    firestoreEmulator: proxy.host,
    authEmulator: site.users.host,
    iceServers: [{ urls: stun }].filter(({ urls }) => urls.length > 0),
  });
  const env = { ...site.env, PARLEY_FIREBASE_PAGE: origin, PARLEY_LOG_LEVEL: 'debug' };
  const phone = await chromium(cleanup, 1_100);
  const servers = stun.flatMap((url) => ['--stun', url]);
  return {
    site,
    proxy,
    origin,
    phone,
    run: (args) => new Call(cleanup, [...args, ...servers], env),
  };
}

/** What the program said at its end that it used. */
function usedBy(call: Call): Promise<Documents> {
  return call.program.line((line) => {
    const found = /documents of Firestore.* read=(\d+) written=(\d+) deleted=(\d+)/.exec(line);
    if (!found) return undefined;
    const [reads = 0, writes = 0, deletes = 0] = found.slice(1).map(Number);
    return { reads, writes, deletes };
  }, 'count of documents');
}

/** Both ends of a call that is up hang up; what it cost is within the budget. */
async function end({ site, proxy, phone }: Bench, call: Call, what: string): Promise<void> {
  await Promise.all([call.state('connected', 60_000), phone.says(/Connected/)]);
  await phone.sees();
  // Candidates that were on their way, for which a call of people leaves time.
  await call.event('stats', (s) => s.video.in.frames > 60, 60_000);
  call.hangUp();
  await phone.says(/The other person hung up/);
  const ours = await usedBy(call);
  await empty(site);
  const theirs = proxy.documents;
  const both = {
    reads: ours.reads + theirs.reads,
    writes: ours.writes + theirs.writes,
    deletes: ours.deletes + theirs.deletes,
  };
  console.log(
    `documents of a call, ${what}:`,
    JSON.stringify({ both, program: ours, phone: theirs }),
  );
  for (const of of ['reads', 'writes', 'deletes'] as const) {
    expect(theirs[of] + ours[of], of).toBeLessThanOrEqual(budget[of]);
  }
  // Each side at least reads the other's description; one writes the offer, one the answer.
  expect(theirs.reads).toBeGreaterThan(0);
  expect(theirs.writes).toBeGreaterThan(0);
  expect(ours.writes).toBeGreaterThan(0);
  expect(both.deletes).toBeGreaterThan(0);
}

const kinds = [
  { what: 'candidates at once', late: 0 },
  // Of as many servers as a list of theirs may have, each when it answers.
  { what: 'late candidates', late: 8 },
];

describe.each(kinds)('a call costs no more than the budget: $what', ({ what, late }) => {
  test('the program creates, the phone joins', async (context) => {
    const b = await bench(context, late);
    const call = b.run(['create', ...testDevices]);
    const { invite } = await call.event('room');
    await call.state('waiting');
    await b.phone.join(invite);
    await end(b, call, `program creates, ${what}`);
  });

  test('the phone creates, the program joins', async (context) => {
    const b = await bench(context, late);
    await b.phone.page.open(b.origin);
    await b.phone.press(/^create room/i);
    const link = await until('an invite link', async () =>
      /https?:\/\/\S+#room=\S+/.exec(await b.phone.page.text())?.at(0),
    );
    await end(b, b.run(['join', link, ...testDevices]), `phone creates, ${what}`);
  });
});
