// A room in Firestore that a program waits in, a phone, and what the two go
// through together.
import type { TestContext } from 'vitest';
import type { Own } from './chromium.js';
import { Call, testDevices } from './cli.js';
import { chromium, type Phone } from './phone.js';
import { until, type Cleanup } from './process.js';
import { empty, Site } from './site.js';

export interface Place {
  site: Site;
  phone: Phone;
  call: Call;
  invite: string;
  env: NodeJS.ProcessEnv; // of the program, for the same user's next start
}

/** A program that waits in its room, and a phone. */
export async function waiting(
  context: TestContext,
  cleanup: Cleanup,
  own: Own = {},
): Promise<Place> {
  const site = await Site.start(context, cleanup);
  return waitingAt(site, cleanup, site.env, own);
}

export async function waitingAt(
  site: Site,
  cleanup: Cleanup,
  settings: NodeJS.ProcessEnv = site.env,
  own: Own = {},
): Promise<Place> {
  const home = cleanup.folder();
  const env = { ...settings, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
  const call = new Call(cleanup, ['create', ...testDevices], env);
  const [phone, { invite }] = await Promise.all([
    chromium(cleanup, 1_000, own),
    call.event('room'),
  ]);
  await call.state('waiting');
  return { site, phone, call, invite, env };
}

export async function inCall({ phone, call, invite }: Place): Promise<void> {
  await phone.join(invite);
  await Promise.all([call.state('connected'), phone.says(/Connected/)]);
  await phone.sees();
}

/** Waits until the callee has its seat. */
export async function claimed({ emulator, project }: Site): Promise<void> {
  await until('the claim', async () => {
    const documents = await emulator.documents(project);
    return documents.some(({ fields }) => 'calleeUid' in fields);
  });
}

/** The two connect after all; they hang up, and nothing is left. */
export async function connect({ call, phone, site }: Place): Promise<void> {
  await Promise.all([call.state('connected'), phone.says(/Connected/)]);
  call.hangUp();
  await phone.says(/The other person hung up/);
  await empty(site);
}

/** The phone's network changes: both sides say so in the room, within so many ms, and go on. */
export async function restart(phone: Phone, within?: number): Promise<void> {
  const before = (await phone.page.generation()).split(' ');
  await phone.page.changeNetwork();
  await until(
    'a new generation',
    async () => {
      const now = (await phone.page.generation()).split(' ');
      return now.every((ufrag, n) => ufrag !== before[n]);
    },
    within,
  );
  await phone.sees();
}

/** Creates a room on the phone, and gives its invite link. */
export async function create(phone: Phone, origin: string): Promise<string> {
  await phone.page.open(origin);
  await phone.press(/^create room/i);
  const link = /https?:\/\/\S+#room=\S+/;
  await phone.says(link);
  return link.exec(await phone.page.text())?.[0] ?? '';
}
