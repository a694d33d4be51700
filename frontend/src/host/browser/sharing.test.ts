// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Host } from '../host.ts';
import { browserHost } from './browser.ts';
import {
  FakeDevices,
  FakePeerConnection,
  FakeSignaler,
  FakeStream,
  FakeTrack,
  rejection,
  stubBrowser,
} from './testing.ts';

let devices: FakeDevices;
let signaler: FakeSignaler;
let host: Host;
let screens: FakeTrack[];
let refused: string;
const pc = () => FakePeerConnection.last;

beforeEach(() => {
  devices = new FakeDevices();
  signaler = new FakeSignaler();
  screens = [];
  refused = '';
  stubBrowser(devices);
  Object.assign(devices.mediaDevices, {
    getDisplayMedia: () => {
      if (refused) return Promise.reject(rejection(refused));
      const track = new FakeTrack('video', 'a screen');
      screens.push(track);
      return Promise.resolve(new FakeStream([track]));
    },
  });
  host = browserHost(signaler);
});

afterEach(async () => {
  await host.hangUp?.();
  vi.unstubAllGlobals();
});

async function connected(offer = 'their offer with a place for a screen') {
  await host.join?.('4fk2-9xqa-07mz');
  await vi.waitFor(() => expect(host.snapshot.value.state).toBe('waiting'));
  signaler.room.tell({ type: 'description', description: { type: 'offer', sdp: offer } });
  await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
  pc().become('connected');
  return pc().receiveChannel();
}

const last = (sent: string[]) => JSON.parse(sent.at(-1) ?? '{}') as Record<string, unknown>;

test('a screen begins and ends twice, and the other side hears of it', async () => {
  const channel = await connected();
  expect(last(channel.sent)).toMatchObject({ type: 'state', can: ['screen'], sharing: false });
  const described = signaler.room.sent.length;
  for (let n = 0; n < 2; n++) {
    await host.shareScreen?.('any');
    expect(host.snapshot.value.sharing).toEqual({ on: true, name: 'a screen' });
    expect(last(channel.sent)).toMatchObject({ sharing: true });
    await vi.waitFor(() => expect(pc().screen?.sender.track).toBe(screens[n]));
    await host.shareScreen?.('');
    expect(host.snapshot.value.sharing).toEqual({ on: false });
    expect(last(channel.sent)).toMatchObject({ sharing: false });
    expect(pc().screen?.sender.track).toBeNull();
    expect(screens[n]?.readyState).toBe('ended');
  }
  expect(signaler.room.sent).toHaveLength(described); // nothing was negotiated
});

test('letters stay sharp, and the camera makes room', async () => {
  const channel = await connected();
  await host.shareScreen?.('any');
  expect(screens[0]).toMatchObject({ contentHint: 'text' });
  await vi.waitFor(() =>
    expect(pc().screen?.sender.set).toMatchObject({
      degradationPreference: 'maintain-resolution',
      encodings: [{ maxFramerate: 15, priority: 'high' }],
    }),
  );
  expect(pc().most).toBe(300_000);
  channel.onmessage?.({ data: JSON.stringify({ type: 'state', maxBitrate: 500_000 }) });
  expect(pc().most).toBe(100_000);
  await vi.waitFor(() => expect(pc().screen?.sender.most).toBe(400_000));
  await host.shareScreen?.('');
  expect(pc().most).toBe(500_000);
});

test('the browser’s own button ends it, and so does the call', async () => {
  await connected();
  await host.shareScreen?.('any');
  screens[0]?.onended?.();
  expect(host.snapshot.value.sharing).toEqual({ on: false });
  await host.shareScreen?.('any');
  await host.hangUp?.();
  expect(screens[1]?.readyState).toBe('ended');
  expect(host.snapshot.value.sharing).toEqual({ on: false });
});

test('who chooses nothing after all has done nothing wrong', async () => {
  await connected();
  refused = 'NotAllowedError';
  await expect(host.shareScreen?.('any')).resolves.toBeUndefined();
  refused = 'NotReadableError';
  await expect(host.shareScreen?.('any')).rejects.toThrow();
  expect(host.snapshot.value.sharing).toEqual({ on: false });
});

test('a call that ended while the user chose takes no screen', async () => {
  await connected();
  const sharing = host.shareScreen?.('any');
  await host.hangUp?.();
  await sharing;
  expect(screens.map((s) => s.readyState)).not.toContain('live');
  expect(host.snapshot.value.sharing).toEqual({ on: false });
});

test('an old client’s offer has no place for one', async () => {
  const channel = await connected('their offer');
  expect(pc().screen).toBeUndefined();
  await expect(host.shareScreen?.('any')).rejects.toMatchObject({ code: 'not_in_call' });
  channel.onmessage?.({
    data: JSON.stringify({ type: 'state', can: ['screen', 7], sharing: true }),
  });
  expect(host.snapshot.value.other).toMatchObject({ showsScreens: true, sharing: true });
  channel.onmessage?.({ data: JSON.stringify({ type: 'state', can: 'screen', sharing: 'no' }) });
  expect(host.snapshot.value.other).toMatchObject({ showsScreens: true, sharing: true });
  channel.onmessage?.({ data: JSON.stringify({ type: 'state', can: [], sharing: false }) });
  expect(host.snapshot.value.other).toMatchObject({ showsScreens: false, sharing: false });
});

test('the other side’s screen is shown in its box, and leaves it', async () => {
  await connected();
  const box = document.createElement('div');
  const live: boolean[] = [];
  const detach = host.attach('screen', box, { size: () => undefined, live: (l) => live.push(l) });
  await vi.waitFor(() => expect(box.querySelector('video')).not.toBeNull());
  detach();
  await vi.waitFor(() => expect(box.querySelector('video')).toBeNull());
  expect(live.at(-1)).toBe(false);
});

test('the screen is in no stream of the other side’s, which only the camera is in step with', async () => {
  const sections = ['v=0', 'm=audio 9', 'm=video 9', 'm=video 9 screen', 'm=application 9'];
  const lines = sections.map(
    (s) => `${s}\r\na=msid:parley track\r\na=ssrc:1 msid:parley track\r\n`,
  );
  await connected(lines.join(''));
  const sound = 'a=msid:parley track\r\na=ssrc:1 msid:parley track\r\n';
  const screen = 'a=msid:- track\r\na=ssrc:1 msid:- track\r\n';
  expect(pc().remote).toBe(sections.map((s, i) => `${s}\r\n${i === 3 ? screen : sound}`).join(''));
});
