// What goes wrong around a room in Firestore, with the program and a phone as
// they are: PROTOCOL.md, section 6, says what is promised then.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import type { StoredDocument } from './lib/emulator.js';
import { FakeAuth } from './lib/fakeauth.js';
import { setClockOff } from './lib/inpage.js';
import { chromium } from './lib/phone.js';
import { claimed, connect, create, inCall, restart, waiting, waitingAt } from './lib/place.js';
import { cleanupOf, until } from './lib/process.js';
import { empty, Site } from './lib/site.js';

const minute = 60_000; // ms

/** Runs before the page's own scripts. */
const clockOff = (minutes: number): string =>
  `(${setClockOff.toString()})(${String(minutes * minute)})`;

/** When the room ends, in ms of the real clock. */
function endOf(documents: StoredDocument[]): number {
  const room = documents.find(({ path }) => path.split('/').length === 2);
  const { timestampValue } = room?.fields['expireAt'] as { timestampValue: string };
  return Date.parse(timestampValue);
}

/** Whether a browser's profile has these words of a page's localStorage on its disk. */
function remembers(profile: string, words: string): boolean {
  const folder = join(profile, 'Default/Local Storage/leveldb');
  return readdirSync(folder).some((name) =>
    readFileSync(join(folder, name), 'latin1').includes(words),
  );
}

describe.concurrent('Firestore', () => {
  test('the phone is killed once it has its seat', async (context) => {
    const cleanup = cleanupOf(context);
    const place = await waiting(context, cleanup, { mortal: true });
    const { site, phone, call, invite, env } = place;
    await phone.join(invite);
    await claimed(site);
    phone.kill();
    // It never answered, or it did and cannot be reached.
    const { code } = await call.event('error');
    context.expect(['room_expired', 'no_connection']).toContain(code);
    await empty(site);
    const next = new Call(cleanup, ['create', ...testDevices], env);
    await next.state('waiting');
  });

  test('the phone is killed in the call', async (context) => {
    const place = await waiting(context, cleanupOf(context), { mortal: true });
    await inCall(place);
    place.phone.kill();
    await place.call.state('reconnecting', 10_000);
    place.call.hangUp();
    context.expect((await place.call.event('end')).reason).toBe('hung_up');
    await empty(place.site);
  });

  test('the program is killed in the call; its next start sweeps', async (context) => {
    const cleanup = cleanupOf(context);
    const place = await waiting(context, cleanup);
    const { site, phone, call, env } = place;
    await inCall(place);
    call.program.signal('SIGKILL');
    await phone.says(/Connection lost/, 10_000);
    const next = new Call(cleanup, ['create', ...testDevices], env);
    await phone.says(/The other person hung up/);
    await next.state('waiting');
    next.hangUp();
    await empty(site);
  });

  test('it is away when the phone joins, and comes back', async (context) => {
    const place = await waiting(context, cleanupOf(context));
    await place.phone.page.open(place.invite);
    await place.site.emulator.stop();
    await place.phone.press(/^join/i);
    await place.phone.says(/Getting ready/);
    await place.site.emulator.restart();
    await connect(place);
  });

  test('it goes away once the phone has its seat, and comes back', async (context) => {
    const place = await waiting(context, cleanupOf(context));
    await place.phone.join(place.invite);
    await claimed(place.site);
    await place.site.emulator.stop();
    await place.site.emulator.restart();
    await connect(place);
  });

  test('both sides’ tokens end in the call', async (context) => {
    const cleanup = cleanupOf(context);
    // Firebase's SDK replaces a token 5 minutes before its end, the program one
    // of a few seconds at half of its time.
    const site = await Site.start(context, cleanup, { lifetime: 303 });
    const short = await FakeAuth.start(cleanup, site.project, 4);
    const place = await waitingAt(site, cleanup, { ...site.env, PARLEY_AUTH_EMULATOR: short.host });
    await inCall(place);
    for (const users of [site.users, short]) users.refreshed.length = 0;
    await until('a new token of the phone', () => site.users.refreshed.length > 0);
    await restart(place.phone);
    context.expect(short.refreshed.length).toBeGreaterThan(0);
    await connect(place);
  });

  test('the clocks of two phones are 10 minutes off, either way', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup);
    const [caller, callee] = await Promise.all([
      chromium(cleanup, 1_000, { before: clockOff(10) }),
      chromium(cleanup, 1_300, { before: clockOff(-10) }),
    ]);
    await callee.join(await create(caller, site.hosting.origin));
    await Promise.all([caller.sees(), callee.sees()]);
    const end = endOf(await site.emulator.documents(site.project)) - Date.now();
    context.expect(Math.round(end / minute)).toBe(60); // by Firebase's clock, not the caller's
    await callee.press(/^hang up/i);
    await caller.says(/The other person hung up/);
    await empty(site);
  });

  test('a phone is killed in a room of its own; the next start of its browser sweeps', async (context) => {
    const cleanup = cleanupOf(context);
    const site = await Site.start(context, cleanup);
    const profile = cleanup.folder();
    const killed = await chromium(cleanup, 1_000, { profile });
    const link = await create(killed, site.hosting.origin);
    const room = link.replace(/.*#room=/, '').replaceAll('-', '');
    await until('the room being kept in mind', () => remembers(profile, room));
    killed.kill();
    const next = await chromium(cleanup, 1_000, { profile });
    await create(next, site.hosting.origin);
    await until('the old room being deleted', async () => {
      const left = await site.emulator.documents(site.project);
      return left.every(({ path }) => path !== `rooms/${room}`);
    });
    await next.press(/^hang up/i);
    await empty(site);
  });
});
