// Firestore goes away, or the phone does, while a call is being set up:
// PROTOCOL.md, section 6, has what is promised then.
import { afterAll, describe, expect, test, type TestContext } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { chromium, type Phone } from './lib/phone.js';
import { Cleanup, until } from './lib/process.js';
import { empty, Site } from './lib/site.js';

const cleanup = new Cleanup();
afterAll(() => cleanup.close()); // the tests wait side by side

interface Place {
  site: Site;
  phone: Phone;
  call: Call;
  invite: string;
}

/** A program that waits in its room, and a phone. */
async function waiting(context: TestContext): Promise<Place> {
  const site = await Site.start(context, cleanup);
  const call = new Call(cleanup, ['create', ...testDevices], site.env);
  const [phone, { invite }] = await Promise.all([chromium(cleanup, 1_000), call.event('room')]);
  await call.state('waiting');
  return { site, phone, call, invite };
}

/** Waits until the phone has its seat. */
async function claimed({ emulator, project }: Site): Promise<void> {
  await until('the claim', async () => {
    const documents = await emulator.documents(project);
    return documents.some(({ fields }) => 'calleeUid' in fields) || undefined;
  });
}

async function connect({ call, phone, site }: Place): Promise<void> {
  await Promise.all([call.state('connected', 40_000), phone.says(/Connected/, 40_000)]);
  call.hangUp();
  await phone.says(/The other person hung up/);
  await empty(site);
}

describe.concurrent('in the setup', () => {
  test('the service is away when the phone joins, and comes back', async (context) => {
    const place = await waiting(context);
    await place.phone.page.open(place.invite);
    await place.site.emulator.stop();
    await place.phone.press(/^join/i);
    await place.phone.says(/Connecting|Joining|Waiting/i);
    await place.site.emulator.restart();
    await connect(place);
  });

  test('the service goes away once the phone has its seat, and comes back', async (context) => {
    const place = await waiting(context);
    await place.phone.join(place.invite);
    await claimed(place.site);
    await place.site.emulator.stop();
    await place.site.emulator.restart();
    await connect(place);
  });

  test('the phone is killed once it has its seat', async (context) => {
    const { site, phone, call, invite } = await waiting(context);
    await phone.join(invite);
    await claimed(site);
    phone.kill();
    expect((await call.event('end', undefined, 70_000)).reason).not.toBe('hung_up');
    await empty(site); // the program deletes what the two wrote
  });
});
