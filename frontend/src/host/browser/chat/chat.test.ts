import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Chat } from '../../host.ts';
import { Talk } from './index.ts';
import { safeName } from './name.ts';
import { Sha256 } from './sha256.ts';
import type { Sink } from './store.ts';
import { parse, parsePiece } from './wire.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** One end of a channel; what is sent comes to the other after 10 ms. */
class End {
  readyState: RTCDataChannelState = 'open';
  binaryType = '';
  onmessage: ((e: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onopen: (() => void) | null = null;
  other: End | undefined;
  /** What becomes of a message: how often it comes. */
  times: (data: unknown) => number = () => 1;
  send(data: unknown): void {
    for (let i = this.times(data); i > 0; i--)
      setTimeout(() => {
        if (this.other?.readyState === 'open') this.other.onmessage?.({ data });
      }, 10);
  }
  cut(): void {
    for (const end of [this, this.other]) {
      if (end) end.readyState = 'closed';
      end?.onclose?.();
    }
  }
}

function memory(): Sink & { dropped: boolean } {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const sink = {
    dropped: false,
    write: (b: Uint8Array<ArrayBuffer>) => {
      parts.push(b.slice());
      return Promise.resolve();
    },
    finish: () => Promise.resolve(new Blob(parts)),
    drop: () => {
      sink.dropped = true;
      return Promise.resolve();
    },
  };
  return sink;
}

class Person {
  able: Chat | undefined;
  reopened = 0;
  saved: { file: Blob; name: string }[] = [];
  sinks: { dropped: boolean }[] = [];
  readonly talk = new Talk({
    able: (c) => (this.able = c),
    reopen: () => {
      this.reopened++;
    },
    stats: () => Promise.resolve(new Map() as unknown as RTCStatsReport),
    openSink: () => {
      const sink = memory();
      this.sinks.push(sink);
      return Promise.resolve(sink);
    },
    save: (file, name) => `blob:${this.saved.push({ file, name })}`,
  });
  get entries() {
    return this.talk.entries.value;
  }
  file(id = 1) {
    return this.entries.find((e) => e.id === id)?.file;
  }
}

function join2(a: Person, b: Person): [End, End] {
  const ends: [End, End] = [new End(), new End()];
  [ends[0].other, ends[1].other] = [ends[1], ends[0]];
  a.talk.use(ends[0] as unknown as RTCDataChannel, []);
  b.talk.use(ends[1] as unknown as RTCDataChannel, []);
  return ends;
}

async function pair(): Promise<{ a: Person; b: Person; ends: [End, End] }> {
  const [a, b] = [new Person(), new Person()];
  const ends = join2(a, b);
  await vi.advanceTimersByTimeAsync(100);
  return { a, b, ends };
}

async function until(ok: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !ok(); i++) await vi.advanceTimersByTimeAsync(20);
  expect(ok()).toBe(true);
}

const random = (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 7919 + (i >> 8)) & 255);

test('texts are marked when they are there', async () => {
  const { a, b } = await pair();
  expect(a.able).toBe(a.talk);
  await a.talk.say('  hello\r\nthere\u0007 ');
  expect(a.entries).toMatchObject([{ mine: true, mark: 'sent' }]);
  await vi.advanceTimersByTimeAsync(100);
  expect(a.entries[0]?.mark).toBe('delivered');
  expect(b.entries).toMatchObject([{ mine: false, text: 'hello\nthere' }]);
  await expect(a.talk.say(' ')).rejects.toMatchObject({ code: 'not_in_call' });
  await expect(a.talk.say('x'.repeat(4001))).rejects.toMatchObject({ code: 'not_in_call' });
});

test('a file goes over once it is accepted, whole', async () => {
  const { a, b } = await pair();
  const content = random(300_000);
  await a.talk.offer([new File([content], '../../holiday.jpg')]);
  await until(() => b.file()?.state === 'offered');
  expect(b.file()).toMatchObject({ name: 'holiday.jpg', size: 300_000 });
  expect(b.sinks).toHaveLength(0);
  await b.talk.answer(1, true);
  await until(() => a.file()?.state === 'done' && b.file()?.state === 'done');
  const [saved] = b.saved;
  expect(new Uint8Array(await saved!.file.arrayBuffer())).toEqual(content);
  expect(b.file()?.url).toBe('blob:1');
});

test('declined, cancelled, and the end of the call', async () => {
  const { a, b } = await pair();
  await a.talk.offer(['1', '2', '3', '4'].map((n) => new File([random(2e6)], n)));
  await until(() => b.entries.length === 4);
  await b.talk.answer(1, false);
  await b.talk.answer(2, true);
  await until(() => (b.file(2)?.bytes ?? 0) > 0);
  await b.talk.cancel(2);
  await b.talk.answer(3, true);
  await until(() => (b.file(3)?.bytes ?? 0) > 0);
  await a.talk.cancel(3);
  await vi.advanceTimersByTimeAsync(100);
  b.talk.close();
  a.talk.close();
  await vi.advanceTimersByTimeAsync(100);
  for (const person of [a, b])
    expect(person.entries.map((e) => e.file?.state)).toEqual([
      'declined',
      'cancelled',
      'cancelled',
      'failed',
    ]);
  expect(b.sinks.every((s) => s.dropped)).toBe(true);
  expect(b.file(4)?.problem).toBe('call_over');
});

test('after a channel that closed everything goes on, and nothing comes twice', async () => {
  const { a, b, ends } = await pair();
  const content = random(400_000);
  await a.talk.offer([new File([content], 'a')]);
  await until(() => b.file()?.state === 'offered');
  await b.talk.answer(1, true);
  await until(() => (b.file()?.bytes ?? 0) > 100_000);
  await a.talk.say('lost?');
  ends[0].cut();
  await a.talk.say('later');
  expect(a.entries.at(-1)?.mark).toBe('waiting');
  await until(() => a.reopened === 1);
  let moved = 0;
  const again = join2(a, b);
  again[0].times = (data) => {
    if (data instanceof ArrayBuffer) moved += data.byteLength;
    return 1;
  };
  await until(() => a.file()?.state === 'done');
  expect(new Uint8Array(await b.saved[0]!.file.arrayBuffer())).toEqual(content);
  expect(moved).toBeLessThan(330_000);
  await until(() => a.entries.every((e) => !e.text || e.mark === 'delivered'));
  expect(b.entries.filter((e) => e.text).map((e) => e.text)).toEqual(['lost?', 'later']);
});

test('what comes doubled, or misses a piece, is mended; what is damaged is thrown away', async () => {
  const { a, b, ends } = await pair();
  let n = 0;
  ends[0].times = (data) => (data instanceof ArrayBuffer ? [1, 2, 0, 1, 1][n++ % 5]! : 1);
  await a.talk.offer([new File([random(50_000)], 'a')]);
  await until(() => b.file()?.state === 'offered');
  await b.talk.answer(1, true);
  await until(() => a.file()?.state === 'done');
  expect(new Uint8Array(await b.saved[0]!.file.arrayBuffer())).toEqual(random(50_000));

  ends[0].times = (data) => {
    if (data instanceof ArrayBuffer) new Uint8Array(data)[20]! ^= 1;
    return 1;
  };
  await a.talk.offer([new File([random(50_000)], 'b')]);
  await until(() => b.file(2)?.state === 'offered');
  await b.talk.answer(2, true);
  await until(() => a.file(2)?.state === 'failed' && b.file(2)?.state === 'failed');
  expect(b.file(2)?.problem).toBe('damaged');
  expect(b.sinks[1]?.dropped).toBe(true);
});

test('a channel that an old client closes stays closed', async () => {
  const a = new Person();
  const end = new End();
  a.talk.use(end as unknown as RTCDataChannel, []);
  end.cut();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([a.able, a.reopened]).toEqual([undefined, 0]);
});

test('what came before the module was there is heard', () => {
  const a = new Person();
  const early = [{ data: '{"type":"hello"}' }] as MessageEvent<unknown>[];
  a.talk.use(new End() as unknown as RTCDataChannel, early);
  expect(a.able).toBe(a.talk);
});

test('a flood is cut short', async () => {
  const { a, ends } = await pair();
  for (let id = 1; id < 3000; id++) {
    ends[0].onmessage?.({ data: JSON.stringify({ type: 'text', id, text: 'x' }) });
    ends[0].onmessage?.({ data: JSON.stringify({ type: 'offer', id, name: 'x', size: 1 }) });
  }
  expect(a.entries.length).toBeLessThan(70);
});

test('names lead nowhere: the list of the Go side', () => {
  const path = join(import.meta.dirname, '../../../../../backend/chat/testdata/names.json');
  const names = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  for (const [theirs, want] of Object.entries(names)) expect(safeName(theirs), theirs).toBe(want);
});

test('SHA-256 piece by piece is that of the whole', () => {
  for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_000]) {
    const bytes = random(length);
    const sum = new Sha256();
    for (let at = 0, step = 1; at < length; at += step, step = (step * 3) % 97 || 1)
      sum.update(bytes.subarray(at, Math.min(length, at + step)));
    expect(sum.digest(), String(length)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});

test('messages that cannot be read are none', () => {
  for (const bad of [
    'x',
    '1',
    'null',
    '[]',
    '{}',
    '{"type":"text","id":1}',
    '{"type":"text","id":0,"text":"x"}',
    '{"type":"text","id":1.5,"text":"x"}',
    `{"type":"text","id":1,"text":"${'x'.repeat(4001)}"}`,
    '{"type":"offer","id":1,"name":"x","size":-1}',
    '{"type":"end","id":1,"sha256":"abc"}',
    '{"type":"later","id":1}',
    ' '.repeat(40_000),
  ])
    expect(parse(bad), bad.slice(0, 60)).toBeUndefined();
  expect(parse('{"type":"decline","id":1,"why":"new"}')).toEqual({ type: 'decline', id: 1 });
  expect(parse('{"type":"accept","id":1}')).toEqual({ type: 'accept', id: 1, offset: 0 });
  expect(parsePiece(new ArrayBuffer(12))).toBeUndefined();
  expect(parsePiece(new ArrayBuffer(12 + 16_385))).toBeUndefined();
});
