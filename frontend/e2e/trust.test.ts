// The words are the same on both sides, and are marked by who has compared them.
// Then somebody owns the signaling and, in the call, puts another certificate in the
// place of a side's own: each page refuses it and shouts, and the call goes on.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { callWith } from './lib/scene.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());
beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

test('the words are the same in the window and on the phone, and are marked compared', async () => {
  const { window, phone } = await callWith(cleanup);
  await window.press('Compare security words');
  await phone.press(/^Compare security words/);
  await phone.says(/nobody is listening in/);
  const words = /listening in\.((?:\s+[a-z]+){4})\s+If they differ/i.exec(
    await phone.page.text(),
  )?.[1];
  for (const word of words?.trim().split(/\s+/) ?? [''])
    await window.find({ name: `([1-4]\\. )?${word}` }, 5_000);
  await window.press('They are the same');
  await window.find({ name: 'Security words compared', role: 'push button' });
  expect(await phone.page.text()).toContain('They are the same'); // it is each side's own mark
});

/** Runs before the page's own scripts: descriptions pass through the hands of
 * one who changes the certificate in "ours" or "theirs", whichever swaps says. */
const middle = `{
  const swap = (text) => text.replace(/(fingerprint:sha-256 )(..)/gi,
    (_, name, byte) => name + (byte === '00' ? '01' : '00'));
  const Native = WebSocket;
  window.WebSocket = class extends Native {
    send(data) {
      super.send(window.swaps === 'ours' ? swap(data) : data);
    }
    set onmessage(take) {
      super.onmessage = (e) => take({ data: window.swaps === 'theirs' ? swap(e.data) : e.data });
    }
  };
}`;

test('another certificate in the call is refused and shouted, in the window and on the phone', async () => {
  const { window, phone } = await callWith(cleanup, (c, hz) => chromium(c, hz, { before: middle }));
  await phone.sees();
  const shout = 'Somebody tried to take the other person’s place';
  expect(await phone.page.text()).not.toContain(shout);

  await phone.page.swap?.('ours'); // in the phone's new offer, which has no answer
  await phone.page.changeNetwork();
  await window.says(shout);
  expect(await phone.page.text()).not.toContain(shout);
  await Promise.all([phone.sees(), window.moves('Other person')]);

  await phone.page.swap?.('theirs'); // in the window's answer
  await phone.page.changeNetwork();
  await phone.says(new RegExp(shout));
  await phone.page.swap?.('none'); // who can do that can also break the connection
  await phone.page.changeNetwork();
  await Promise.all([phone.sees(), window.moves('Other person')]);
});
