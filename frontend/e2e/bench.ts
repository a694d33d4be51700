// `make bench-signaling`: how long a whole call takes, from Join to connected,
// with a delay before Firestore and Firebase Auth. A program counts from its
// start, a phone from the press on its button: until then it has loaded neither
// Firebase's SDK nor opened the camera. The naive figure is that of two clients
// of the plain schema, which open their cameras and connect before.
import { afterEach, expect, test, type TestContext } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { rulesFile } from './lib/emulator.js';
import { Hosting } from './lib/hosting.js';
import { OldClients } from './lib/oldclients.js';
import { chromium, type Phone } from './lib/phone.js';
import { Cleanup, until } from './lib/process.js';
import { Site } from './lib/site.js';
import { slow } from './lib/slow.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

const rounds = 10;
const delays = [0, 50, 150]; // ms

/** Runs before the page's own scripts: the server hears how long joining took. */
function tellTime(): void {
  let pressed = 0;
  const isJoin = (e: Event): boolean =>
    e.target instanceof Element && /^join/i.test(e.target.closest('button')?.innerText ?? '');
  addEventListener('click', (e) => (pressed = isJoin(e) ? performance.now() : pressed), true);
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState !== 'connected' || pressed === 0) return;
        void fetch(`/took/${Math.round(performance.now() - pressed)}`);
        pressed = 0;
      });
    }
  };
}

interface Place {
  hosting: Hosting;
  env: NodeJS.ProcessEnv;
  phone: Phone;
  plain: OldClients;
}

async function far(context: TestContext, delay: number): Promise<Place> {
  const site = await Site.start(context, cleanup);
  const firestore = await slow(cleanup, site.emulator.host, delay);
  const auth = await slow(cleanup, site.users.host, delay);
  const hosting = await Hosting.start(cleanup, {
    projectId: site.project,
    apiKey: 'demo-key',
    firestoreEmulator: firestore,
    authEmulator: auth,
  });
  // The same user each time, as at any start but the first.
  const home = cleanup.folder();
  const env = {
    ...site.env,
    XDG_DATA_HOME: home,
    PARLEY_FIREBASE_PAGE: hosting.origin,
    PARLEY_FIRESTORE_EMULATOR: firestore,
    PARLEY_AUTH_EMULATOR: auth,
  };
  const open = await site.emulator.project(rulesFile('firestore.dev.rules'));
  const plain = await OldClients.start(cleanup, firestore, open);
  return { hosting, env, plain, phone: await chromium(cleanup, 1_000, { before: tellTime }) };
}

/** A room of the program's that has waited for as long as people need to send an invite. */
async function created({ env }: Place): Promise<{ call: Call; invite: string }> {
  const call = new Call(cleanup, ['create', ...testDevices], env);
  const { invite } = await call.event('room');
  await call.state('waiting');
  await new Promise((sent) => setTimeout(sent, 1_000)); // its candidates go into the offer meanwhile
  return { call, invite };
}

async function programJoins(place: Place, invite: string): Promise<number> {
  const began = performance.now();
  const env = { ...place.env, XDG_DATA_HOME: undefined }; // another user
  const call = new Call(cleanup, ['join', invite, ...testDevices], env);
  await call.state('connected', 30_000);
  const took = performance.now() - began;
  call.hangUp();
  await call.event('end');
  return took;
}

async function programCallsProgram(place: Place): Promise<number> {
  const { call, invite } = await created(place);
  const took = await programJoins(place, invite);
  await call.event('end');
  return took;
}

async function phoneJoins(place: Place): Promise<number> {
  const { phone, hosting } = place;
  const { call, invite } = await created(place);
  await phone.page.open('about:blank');
  hosting.asked.length = 0;
  await phone.join(invite);
  const took = await until(
    'the call',
    () => /\/took\/(\d+)/.exec(hosting.asked.join(' '))?.[1],
    30_000,
  );
  call.hangUp();
  await call.event('end');
  return Number(took);
}

async function phoneCreates(place: Place): Promise<number> {
  const { phone, hosting } = place;
  await phone.page.open('about:blank');
  await phone.page.open(hosting.origin);
  await phone.press(/^create room/i);
  const link = await until('an invite link', async () =>
    /https?:\/\/\S+#room=\S+/.exec(await phone.page.text())?.at(0),
  );
  return programJoins(place, link);
}

async function plainCall({ plain }: Place): Promise<number> {
  const [caller, callee] = await Promise.all([plain.open(), plain.open()]);
  const room = await caller.create();
  await caller.settled();
  const began = performance.now();
  await callee.join(room);
  await callee.is('connected');
  const took = performance.now() - began;
  await callee.hangUp();
  await Promise.all([caller.close(), callee.close()]);
  return took;
}

interface Row {
  round: (place: Place) => Promise<number>;
  /**
   * The round trips to Firebase that wait for each other, at least: each needs
   * what the one before it brought.
   *
   * 1. Who are we? A new user signs up; a browser's known one is looked up, as
   *    Firebase's SDK does when it begins. The program connects to Firestore
   *    meanwhile. Old clients are nobody.
   * 2. The seat. The program reads the room and claims it at once: the rules let
   *    one claim through, and its listener tells what the room holds since then.
   *    A page reads and then claims, which is two: to open its listener takes as
   *    many (WebChannel's POST, then its GET). An old client only reads, so.
   * 3. The answer: half of a round trip to the service, and half of one to the
   *    caller, who listens already.
   *
   * Candidates are no step: those of the caller are in its offer by the time
   * that somebody joins, those of the callee in its answer. ICE and DTLS go
   * between the two, without this delay. Whether a page may ask (CORS preflight)
   * its browser knows for a while, and is not counted.
   */
  needs: number;
}

const rows: Record<string, Row> = {
  'the phone joins the program': { round: phoneJoins, needs: 4 },
  'the program joins the phone': { round: phoneCreates, needs: 3 },
  'the program joins the program': { round: programCallsProgram, needs: 3 },
  'naive: plain client to plain client': { round: plainCall, needs: 3 },
};

/** ms, of each row at each delay. */
const medians = new Map<string, Map<number, number>>();

test.for(delays)(
  'join to connected, %d ms of delay',
  { timeout: 900_000 },
  async (delay, context) => {
    const place = await far(context, delay);
    for (const [name, { round }] of Object.entries(rows)) {
      await round(place); // the first wakes the emulator
      const took: number[] = [];
      for (let n = 0; n < rounds; n++) took.push(await round(place));
      took.sort((a, b) => a - b);
      const at = (share: number): number => took[Math.floor(rounds * share)] ?? NaN;
      const delayed = `${String(delay).padStart(3)} ms of delay a round trip`;
      console.log(
        `join to connected, ${delayed}, ${name}: n ${rounds}, median ${at(0.5).toFixed(0)} ms, p95 ${at(0.95).toFixed(0)} ms`,
      );
      const row = medians.get(name) ?? new Map<number, number>();
      medians.set(name, row.set(delay, at(0.5)));
      expect(took).toHaveLength(rounds);
    }
  },
);

// The time that a delay adds, over the delay: how often it is waited for, one
// time after the other.
test.for(Object.entries(rows))('round trips one after the other, %s', ([name, { needs }]) => {
  const [least, most] = [Math.min(...delays), Math.max(...delays)];
  const of = (delay: number): number => medians.get(name)?.get(delay) ?? NaN;
  const serial = (of(most) - of(least)) / (most - least);
  console.log(
    `join to connected, ${name}: ${serial.toFixed(1)} round trips one after the other, of which it needs ${needs}`,
  );
  expect(serial).not.toBeNaN();
});
