// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Host } from '../host.ts';
import { browserHost } from './browser.ts';
import { devicesAllowed } from './lobby.ts';
import { FakeDevices, FakePeerConnection, FakeSignaler, stubBrowser } from './testing.ts';

const room = '4fk2-9xqa-07mz';
const offer = { type: 'offer', sdp: 'their offer' } as const;
const both = ['microphone', 'camera (user)'];

let devices: FakeDevices;
let signaler: FakeSignaler;
let host: Host & { arrive(devices: boolean): void };
let hidden: boolean;

beforeEach(() => {
  devices = new FakeDevices();
  signaler = new FakeSignaler();
  stubBrowser(devices);
  vi.useFakeTimers();
  hidden = false;
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
  localStorage.clear();
  host = browserHost(signaler);
});

afterEach(async () => {
  await host.join?.(room).catch(() => undefined); // it is in a call
  await host.hangUp?.(); // and now looks at nothing any more
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function hide(now: boolean): void {
  hidden = now;
  document.dispatchEvent(new Event('visibilitychange'));
}

const state = () => host.snapshot.value.state;
const run = () => vi.advanceTimersByTimeAsync(0);
const open = () => FakePeerConnection.all.filter((pc) => !pc.closed).length;

describe('devices are allowed', () => {
  test.each([
    [{ camera: true, microphone: true }, true],
    [{ camera: true }, false],
    [{ microphone: true }, false],
    [{}, false],
  ])('%o: %s', async (allowed, answer) => {
    devices.allowed = allowed;
    expect(await devicesAllowed()).toBe(answer);
  });

  test.each([
    ['cannot tell', () => Promise.reject(new TypeError('camera'))],
    ['has no word for it', () => new Promise<PermissionStatus>(() => undefined)],
  ])('not where the browser %s', async (_, query) => {
    vi.stubGlobal('navigator', { permissions: { query } });
    const answer = devicesAllowed();
    await vi.advanceTimersByTimeAsync(200);
    expect(await answer).toBe(false);
  });

  test('not where there are no permissions', async () => {
    vi.stubGlobal('navigator', {});
    expect(await devicesAllowed()).toBe(false);
  });
});

describe('before joining', () => {
  test('the devices run where they are allowed, and the call goes on with them', async () => {
    host.arrive(true);
    await run();
    expect(devices.asked).toEqual(['audio+video']);
    expect(host.snapshot.value).toMatchObject({ state: 'idle', preview: true });
    await host.join?.(room);
    await run();
    await vi.advanceTimersByTimeAsync(100);
    expect(state()).toBe('waiting');
    signaler.room.tell({ type: 'description', description: offer });
    await vi.waitFor(() => expect(state()).toBe('connecting'));
    expect(host.snapshot.value.preview).toBe(false);
    expect(signaler.room.sent).toEqual(['answer to their offer with microphone,camera (user)']);
    expect(devices.asked).toEqual(['audio+video']);
    expect(devices.running).toEqual(both);
  });

  test('else nothing is asked for, and nothing is shown', async () => {
    host.arrive(false);
    await run();
    expect(devices.asked).toEqual([]);
    expect(host.snapshot.value.preview).toBe(false);
  });

  test('the connections are made, and the call takes them', async () => {
    host.arrive(false);
    expect([open(), signaler.ready]).toEqual([1, 1]);
    await host.join?.(room);
    await run();
    expect(FakePeerConnection.all).toHaveLength(1);
    expect([open(), signaler.ready]).toEqual([1, 1]); // a room has it now
  });

  test('hidden, the page lets all of it go, and takes it up again when it is shown', async () => {
    host.arrive(true);
    await run();
    hide(true);
    expect(devices.running).toEqual([]);
    expect([open(), signaler.ready]).toEqual([0, 0]);
    hide(false);
    await run();
    expect(devices.running).toEqual(both);
    expect([open(), signaler.ready]).toEqual([1, 1]);
  });

  test('a page that is hidden from the beginning holds nothing', async () => {
    hidden = true;
    host.arrive(true);
    await run();
    expect(devices.asked).toEqual([]);
    expect([open(), signaler.ready]).toEqual([0, 0]);
  });

  test('what the browser gives late to a page that is hidden is let go', async () => {
    let answer: () => void = () => undefined;
    devices.answer = new Promise((resolve) => (answer = resolve));
    host.arrive(true);
    await run();
    hide(true);
    answer();
    await run();
    expect(devices.tracks).toHaveLength(2);
    expect(devices.running).toEqual([]);
  });

  test('devices that were chosen are not opened once the page is hidden', async () => {
    localStorage['parley.devices'] = '{}';
    host.arrive(true); // what was chosen is on its way
    hide(true);
    await vi.dynamicImportSettled();
    await run();
    expect(devices.asked).toEqual([]);
  });

  test('a camera that is turned off is released, and stays off in the call', async () => {
    host.arrive(true);
    await run();
    await host.setCamera?.(false);
    expect(devices.running).toEqual(['microphone']);
    await host.join?.(room);
    await run();
    expect(devices.asked).toEqual(['audio+video']);
    expect(devices.running).toEqual(['microphone']);
  });

  test('hidden in the call, the page keeps all of it', async () => {
    host.arrive(true);
    await host.join?.(room);
    await run();
    hide(true);
    expect(devices.running).toEqual(both);
    expect([open(), signaler.ready]).toEqual([1, 1]);
  });

  test('after a call nothing runs by itself', async () => {
    host.arrive(true);
    await host.join?.(room);
    await run();
    await host.hangUp?.();
    hide(true);
    hide(false);
    await run();
    expect(devices.running).toEqual([]);
    expect(devices.asked).toEqual(['audio+video']);
    expect(host.snapshot.value).toMatchObject({ state: 'ended', preview: false });
  });
});

test.each(['made', 'joined'])(
  'a call that was %s and left before what was chosen is there opens no camera',
  async (how) => {
    localStorage['parley.devices'] = '{}'; // what was chosen is on its way
    void (how === 'made' ? host.createRoom?.() : host.join?.(room));
    void host.hangUp?.();
    await vi.dynamicImportSettled();
    await run();
    expect(devices.asked).toEqual([]);
  },
);

test('the devices are asked for with Join, and our answer does not wait for them', async () => {
  let allow: () => void = () => undefined;
  devices.answer = new Promise((resolve) => (allow = resolve));
  await host.join?.(room);
  await run();
  expect(devices.asked).toEqual(['audio+video']);
  await vi.waitFor(() => expect(state()).toBe('waiting'));
  Object.assign(FakePeerConnection.last, { iceGatheringState: 'complete' });
  signaler.room.tell({ type: 'description', description: offer });
  await vi.waitFor(() => expect(signaler.room.sent).toEqual(['answer to their offer with ,']));
  allow();
  await vi.waitFor(() => expect(FakePeerConnection.last.sending).toEqual(both));
});
