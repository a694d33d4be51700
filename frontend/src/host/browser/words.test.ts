// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Host } from '../host.ts';
import { browserHost } from './browser.ts';
import { FakeDevices, FakePeerConnection, FakeSignaler, stubBrowser } from './testing.ts';
import { Exchange } from './trust.ts';

const line = (byte: string) => `a=fingerprint:sha-256 ${Array(32).fill(byte).join(':')}`;
const theirs = line('ab');
const offer = (fingerprint: string) =>
  ({ type: 'offer', sdp: `v=0\r\n${fingerprint.toUpperCase().replace('A=', 'a=')}\r\n` }) as const;

let signaler: FakeSignaler;
let host: Host;

beforeEach(() => {
  signaler = new FakeSignaler();
  stubBrowser(new FakeDevices());
  host = browserHost(signaler);
});

afterEach(async () => {
  await host.hangUp?.();
  vi.unstubAllGlobals();
});

const trust = () => host.snapshot.value.trust;

/** A call with words, as the callee; the test is the caller. */
async function agreed(): Promise<string> {
  await host.join?.('4fk2-9xqa-07mz');
  await vi.waitFor(() => expect(host.snapshot.value.state).toBe('waiting'));
  signaler.room.tell({ type: 'description', description: offer(theirs) });
  await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
  // The fake repeats the offer's lines in its answer; a browser has its own.
  const pc = FakePeerConnection.last;
  pc.localDescription = { type: 'answer', sdp: `v=0\r\n${line('cd')}\r\n` };
  pc.become('connected');
  const channel = pc.receiveChannel();
  const caller = new Exchange('caller', { ours: theirs, theirs: line('cd') });
  const say = (m: object) => channel.onmessage?.({ data: JSON.stringify({ type: 'words', ...m }) });
  const heard = () => channel.sent.map((s) => JSON.parse(s) as { type: string; nonce: string });
  say((await caller.begin())!);
  await vi.waitFor(() => expect(heard().some((m) => m.type === 'words')).toBe(true));
  say((await caller.take({ nonce: heard().find((m) => m.type === 'words')!.nonce }))!);
  await vi.waitFor(() => expect(trust().words).toBe(caller.words));
  return caller.words;
}

test('the words are made in a call, verified by the user, and gone after it', async () => {
  const words = await agreed();
  expect(trust()).toEqual({ words, verified: false, swapped: false });
  await host.setVerified?.(true);
  expect(trust().verified).toBe(true);
  await host.setVerified?.(false);
  expect(trust().verified).toBe(false);
  await host.hangUp?.();
  expect(trust()).toEqual({ words: '', verified: false, swapped: false });
});

test('another certificate in the call is refused and shouted', async () => {
  const words = await agreed();
  await host.setVerified?.(true);
  signaler.room.tell({ type: 'description', description: offer(line('ef')) });
  await vi.waitFor(() => expect(trust()).toEqual({ words, verified: false, swapped: true }));
  expect(FakePeerConnection.last.remote).toBe(offer(theirs).sdp);
  expect(host.snapshot.value.state).toBe('connected');
  await host.setVerified?.(true);
  expect(trust()).toEqual({ words, verified: true, swapped: false });
});
