// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { State } from '../../model/snapshot.ts';
import type { Host } from '../host.ts';
import { browserHost } from './browser.ts';
import { FakeDevices, FakePeerConnection, FakeSignaler, stubBrowser } from './testing.ts';

const room = '4fk2-9xqa-07mz';
const offer = { type: 'offer', sdp: 'their offer' } as const;

let devices: FakeDevices;
let signaler: FakeSignaler;
let host: Host;

beforeEach(() => {
  devices = new FakeDevices();
  signaler = new FakeSignaler();
  stubBrowser(devices);
  vi.useFakeTimers();
  host = browserHost(signaler);
});

afterEach(async () => {
  await host.hangUp?.();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const state = () => host.snapshot.value.state;
const reach = (s: State) => vi.waitFor(() => expect(state()).toBe(s));
const pc = () => FakePeerConnection.last;

async function joined(): Promise<void> {
  await host.join?.(room);
  await reach('waiting');
}

async function connected(): Promise<ReturnType<FakePeerConnection['receiveChannel']>> {
  await joined();
  signaler.room.tell({ type: 'description', description: offer });
  await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
  pc().become('connected');
  expect(state()).toBe('connected');
  return pc().receiveChannel();
}

describe('a waiting room', () => {
  /** Somebody at our door. */
  async function knocking(): Promise<NonNullable<FakePeerConnection['channel']>> {
    await host.createRoom?.();
    await reach('waiting');
    await host.setWaitingRoom?.(true);
    signaler.room.tell({ type: 'description', description: { type: 'answer', sdp: 'answer' } });
    await reach('connecting');
    pc().become('connected');
    await reach('knocking');
    const { channel } = pc();
    if (!channel) throw new Error('no channel');
    channel.open();
    return channel;
  }
  const say = (channel: NonNullable<FakePeerConnection['channel']>, message: object) =>
    channel.onmessage?.({ data: JSON.stringify(message) });
  const shown = () => {
    const box = document.createElement('div');
    host.attach('remote', box, { size: () => undefined, live: () => undefined });
    return box.querySelector('video')?.srcObject ?? null;
  };

  test('nothing of ours goes out, and nothing of theirs is shown, before we let them in', async () => {
    const channel = await knocking();
    pc().ontrack?.({ track: devices.tracks[0]! });
    expect(pc().sending).toEqual([undefined, undefined]);
    expect(shown()).toBeNull();
    await host.setCamera?.(false);
    await host.setCamera?.(true);
    await host.setMicrophone?.(false);
    await host.setMicrophone?.(true);
    await host.switchCamera?.();
    say(channel, { type: 'state', camera: false });
    say(channel, { type: 'door', open: true }); // is not for them to say
    expect(pc().sending).toEqual([undefined, undefined]);
    expect(shown()).toBeNull();
    expect(channel.sent.map((m) => (JSON.parse(m) as { type: string }).type)).not.toContain(
      'state',
    );
    expect(channel.sent).toContain('{"type":"door","open":false}');

    say(channel, { type: 'knock', name: ' Ann\u202e ', picture: 'AAAA' });
    await vi.waitFor(() =>
      expect(host.snapshot.value.knock).toEqual({ name: 'Ann', picture: 'AAAA' }),
    );
    say(channel, { type: 'knock', name: 'Eve' });
    await vi.dynamicImportSettled();
    expect(host.snapshot.value.knock?.name).toBe('Ann');
    expect(host.snapshot.value.other.cameraOn).toBe(true);

    await host.letIn?.();
    expect(state()).toBe('connected');
    expect(pc().sending).toEqual(['microphone', 'camera (environment)']);
    expect(shown()).not.toBeNull();
    expect(channel.sent.at(-2)).toBe('{"type":"door","open":true}');
    expect(JSON.parse(channel.sent.at(-1)!)).toMatchObject({ type: 'state', camera: true });
  });

  test('who is not let in hears that', async () => {
    const channel = await knocking();
    await host.hangUp?.();
    expect(host.snapshot.value.reason).toBe('declined');
    expect(channel.sent.at(-1)).toBe('{"type":"bye"}');
  });

  test('nobody waits for longer than five minutes', async () => {
    await knocking();
    await vi.advanceTimersByTimeAsync(301_000);
    expect(host.snapshot.value.reason).toBe('declined');
  });

  test('at theirs we wait, and say who we are', async () => {
    const channel = await connected();
    say(channel, { type: 'door', open: false });
    expect(state()).toBe('knocking');
    expect(pc().sending).toEqual([undefined, undefined]);
    await host.knock?.({ name: 'Bob' });
    expect(channel.sent.at(-1)).toBe('{"name":"Bob","type":"knock"}');
    expect(host.snapshot.value.knock).toEqual({ name: 'Bob' });
    say(channel, { type: 'door', open: true });
    expect(state()).toBe('connected');
    expect(pc().sending).toEqual(['microphone', 'camera (user)']);
  });

  test.each(['bye', 'left'])('at theirs a goodbye (%s) is a no', async (how) => {
    const channel = await connected();
    say(channel, { type: 'door', open: false });
    if (how === 'bye') say(channel, { type: 'bye' });
    else signaler.room.tell({ type: 'left' });
    await reach('ended');
    expect(host.snapshot.value.reason).toBe('other_declined');
  });
});
