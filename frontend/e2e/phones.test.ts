// Two phones and no desktop: rooms in Cloud Firestore (its emulator, with the
// rules of build/firebase), the page as Firebase Hosting would serve it.
import { afterEach, expect, test } from 'vitest';
import { empty, Site } from './lib/site.js';
import { Hosting } from './lib/hosting.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath } from './lib/phone.js';
import { create } from './lib/place.js';
import { Cleanup, until } from './lib/process.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

/** Runs before the page's own scripts: the server hears when there is a picture. */
function tellPreview(): void {
  const devices = navigator.mediaDevices;
  const capture = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await capture(constraints);
    await fetch('/preview');
    return stream;
  };
}

test('one phone creates a room, another joins, a third is told that it is full', async (context) => {
  const site = await Site.start(context, cleanup);
  const { users, hosting } = site;
  const [caller, callee, third] = await Promise.all([
    chromium(cleanup, 1_000, { before: tellPreview }),
    chromium(cleanup, 1_300),
    chromium(cleanup, 1_300),
  ]);
  const link = await create(caller, hosting.origin);
  expect(link.startsWith(`${hosting.origin}/#room=`)).toBe(true);
  const sdk = hosting.asked.findIndex((path) => path.startsWith('/assets/firestore'));
  expect(sdk).toBeGreaterThan(hosting.asked.indexOf('/preview'));
  expect(hosting.asked).toContain('/preview');

  await callee.join(link);
  await Promise.all([caller.sees(), callee.sees()]);
  await Promise.all([caller.hears(1_300), callee.hears(1_000)]);
  expect(users.users).toHaveLength(2);

  await third.join(link);
  await third.says(/Two people are in this room already/);
  await third.releases();

  await callee.press(/^hang up/i);
  await callee.says(/You hung up/);
  await caller.says(/The other person hung up/);
  await Promise.all([caller.releases(), callee.releases()]);
  await empty(site);

  await callee.join(link);
  await callee.says(/There is no such room/);
});

test('settings that cannot be used are told in plain words', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const hosting = await Hosting.start(cleanup, { projectId: 'demo-e2e' });
  const phone = await chromium(cleanup, 1_000);
  await phone.page.open(hosting.origin);
  await phone.says(/This page is not set up/);
  await phone.says(/apiKey is missing/);
});

test('a room whose page was closed is deleted by the next page of the same user', async (context) => {
  const site = await Site.start(context, cleanup);
  const phone = await chromium(cleanup, 1_000);
  const link = await create(phone, site.hosting.origin);
  const room = `rooms/${link.replace(/.*#room=/, '').replaceAll('-', '')}`;
  const there = async (): Promise<boolean> =>
    (await site.emulator.documents(site.project)).some(({ path }) => path === room);
  await until('the room', there);
  await phone.page.open('about:blank');
  expect(await there()).toBe(true); // nothing that a page does at its end is sure to arrive
  await create(phone, site.hosting.origin);
  await until('the old room being deleted', async () => !(await there()) || undefined);
  await phone.press(/^hang up/i);
  await empty(site);
});
