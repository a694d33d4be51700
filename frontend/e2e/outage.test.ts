// The Firestore emulator ends under the phone's page and is started again: the
// process itself, with all that it knew of its clients. PROTOCOL.md, section 6,
// says what is promised then.
import { describe, test } from 'vitest';
import { connect, waitingAt } from './lib/place.js';
import { cleanupOf } from './lib/process.js';
import { Site } from './lib/site.js';

/**
 * What an action and the return of a service may take, in ms: 10 s each, and
 * what a new Java process and a busy machine add.
 */
const bound = 20_000;

describe.concurrent('the Firestore emulator ends and is started again', () => {
  test('as a phone joins, which is told so, and tries again', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup, { own: true });
    const place = await waitingAt(site, cleanup);
    const { phone, invite } = place;
    await phone.page.open(invite);
    await site.emulator.stop();
    await phone.press(/^join/i);
    await phone.says(/The place where the two of you meet cannot be reached/, bound);
    await phone.releases();
    await site.emulator.restart();
    await phone.press(/^join/i);
    await connect(place);
  });
});
