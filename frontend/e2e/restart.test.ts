// A call whose network changes: a new way is found from either side, and by both
// at once (ICE restart), and nobody hangs up. What is measured is how long the
// new generation takes; the picture is then seen to move.
import { afterEach, expect, test, type TestContext } from 'vitest';
import { Call, testDevices, type Stats } from './lib/cli.js';
import { claimLoss } from './lib/inpage.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath, type Phone } from './lib/phone.js';
import { Cleanup, until } from './lib/process.js';
import { Site } from './lib/site.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

/** How many pictures of the phone the program had when it last said so. */
function framesOf(caller: Call): number {
  const last = caller.program.output.split('\n').findLast((l) => l.includes('"event":"stats"'));
  const frames = last && (JSON.parse(last) as Stats).video.in.frames;
  if (!frames) throw new Error('the program got no pictures yet');
  return frames;
}

/** Waits until both sides' credentials are others than before, and media flows both ways. */
async function restarted(caller: Call, phone: Phone, before: string): Promise<number> {
  const began = performance.now();
  const old = before.split(' ');
  await until(
    'a new generation',
    async () => {
      const now = await phone.page.generation();
      return now.split(' ').every((ufrag, n) => ufrag !== old[n]) || undefined;
    },
    60_000,
  );
  const took = performance.now() - began;
  await phone.sees();
  const frames = framesOf(caller);
  await caller.event('stats', (e) => e.video.in.frames > frames + 15, 60_000);
  return took;
}

/** A program and a phone in a call, whose rooms are in Firestore or with the program. */
async function inCall(context: TestContext, firestore: boolean): Promise<[Call, Phone]> {
  needs(context, chromiumPath, 'Chromium');
  const env = firestore ? (await Site.start(context, cleanup)).env : undefined;
  const caller = new Call(cleanup, ['create', ...testDevices], env);
  const { invite } = await caller.event('room');
  const phone = await chromium(cleanup, 1_100);
  await phone.join(invite);
  await phone.sees();
  await caller.event('stats', (e) => e.video.in.frames > 15);
  return [caller, phone];
}

test.for([
  ['the local network', false],
  ['Firestore', true],
] as const)(
  'a phone and a program restart through %s, and both at once',
  async ([, firestore], context) => {
    const [caller, phone] = await inCall(context, firestore);

    /** The program was asleep, which it notices itself. */
    const sleep = async (): Promise<void> => {
      caller.program.signal('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 4_500));
      caller.program.signal('SIGCONT');
    };
    const both = async (): Promise<void> => {
      await sleep();
      await phone.page.changeNetwork();
    };
    for (const [who, restart] of [
      ['the phone', () => phone.page.changeNetwork()],
      ['the program', sleep],
      ['both', both],
      ['both again', both],
    ] as const) {
      const before = await phone.page.generation();
      await restart();
      const took = await restarted(caller, phone, before);
      console.log(`${who}: a new generation ${Math.round(took)} ms later`);
    }
    caller.hangUp();
    expect((await caller.event('end')).reason).toBe('hung_up');
  },
);

// A page has its browser send each packet of sound twice (RFC 2198), for which it
// answers itself in the program's name: the call goes on, and can be restarted.
test('a phone whose sound is lost sends it twice, also after a restart', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const caller = new Call(cleanup, ['create', ...testDevices]);
  const { invite } = await caller.event('room');
  const twice = 45_000; // bit/s: Chromium's 32 kbit/s of Opus are 40 with headers
  const phone = await chromium(cleanup, 1_100, { before: claimLoss });
  await phone.join(invite);
  await phone.sees();
  const sent = await caller.event('stats', (e) => e.audio.in.bitrate > twice);
  expect(sent.audio.in.level).toBeGreaterThan(-60);
  const before = await phone.page.generation();
  await phone.page.changeNetwork();
  await restarted(caller, phone, before);
  const { packets } = sent.audio.in;
  const again = await caller.event(
    'stats',
    (e) => e.audio.in.packets > packets + 100 && e.audio.in.bitrate > twice,
  );
  expect(again.audio.in.level).toBeGreaterThan(-60);
  caller.hangUp();
  expect((await caller.event('end')).reason).toBe('hung_up');
});
