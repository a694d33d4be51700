// The Firestore emulator ends under the phone's page and is started again: the
// process itself, with all that it knew of its clients. PROTOCOL.md, section 6,
// says what is promised then.
import { describe, test } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { chromium } from './lib/phone.js';
import { connect, create, inCall, restart, waitingAt } from './lib/place.js';
import { cleanupOf } from './lib/process.js';
import { empty, Site } from './lib/site.js';

/**
 * What an action and the return of a service may take, in ms: 10 s each, and
 * what a new Java process and a busy machine add.
 */
const bound = 20_000;

// One after the other: each starts a Java process of its own, twice, which takes half a machine.
describe('the Firestore emulator ends and is started again', () => {
  test('while a phone waits in its room, and in the call', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup, { own: true });
    const phone = await chromium(cleanup, 1_000);
    const link = await create(phone, site.hosting.origin);
    await site.emulator.stop();
    await site.emulator.restart();
    const call = new Call(cleanup, ['join', link, ...testDevices], site.env);
    await call.state('connecting'); // its answer is in the room
    await Promise.all([call.state('connected', bound), phone.says(/Connected/, bound)]);
    await phone.sees();

    await site.emulator.stop();
    await phone.sees();
    await site.emulator.restart();
    await restart(phone, bound);
    call.hangUp();
    await phone.says(/The other person hung up/);
    await empty(site);
  });

  test('in the call that a phone has joined', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup, { own: true });
    const place = await waitingAt(site, cleanup);
    const { phone, call } = place;
    await inCall(place);
    await site.emulator.stop();
    await phone.sees();
    await site.emulator.restart();
    await restart(phone, bound);
    await phone.press(/^hang up/i);
    context.expect((await call.event('end')).reason).toBe('other_hung_up');
    await empty(site);
  });

  test('without its documents, while a phone waits in its room', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup, { own: true });
    const phone = await chromium(cleanup, 1_000);
    await create(phone, site.hosting.origin);
    await site.emulator.stop();
    await site.emulator.restart('gone');
    await phone.says(/The other person hung up|The room was closed/, bound);
    await phone.releases();
  });

  test('as a phone joins, which is told so, and tries again', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup, { own: true });
    const place = await waitingAt(site, cleanup);
    const { phone, invite } = place;
    await phone.page.open(invite);
    await site.emulator.stop();
    await phone.press(/^join/i);
    await phone.says(/The place where the two of you meet cannot be reached/, bound + 10_000);
    await phone.releases();
    await site.emulator.restart();
    await phone.press(/^join/i);
    await connect(place);
  });
});
