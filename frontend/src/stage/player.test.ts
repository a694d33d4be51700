// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import { Player } from './player';
import { type Frame, outcome } from './wire';

const decoders: Decoder[] = [];
const decoded: string[] = [];

/** A decoder that shows nothing, and fails when the test says so. */
class Decoder {
  state = 'unconfigured';
  readonly #error: (e: DOMException) => void;
  constructor({ error }: VideoDecoderInit) {
    this.#error = error;
    decoders.push(this);
  }
  configure(): void {
    this.state = 'configured';
  }
  decode(chunk: { type: string }): void {
    if (this.state !== 'configured') throw new DOMException('not configured', 'InvalidStateError');
    decoded.push(chunk.type);
  }
  close(): void {
    this.state = 'closed';
  }
  /** What the engine does with data it cannot decode: it closes, then tells. */
  fail(): void {
    this.state = 'closed';
    this.#error(new DOMException('cannot decode', 'EncodingError'));
  }
}

let resized = (): void => undefined;
class Sizes {
  constructor(tell: () => void) {
    resized = tell;
  }
  observe(): void {
    resized();
  }
  readonly unobserve = vi.fn();
  readonly disconnect = vi.fn();
}

class Chunk {
  readonly type: string;
  constructor({ type }: { type: string }) {
    this.type = type;
  }
}

beforeEach(() => {
  decoders.length = 0;
  decoded.length = 0;
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.useFakeTimers();
  vi.unstubAllGlobals();
  vi.stubGlobal('VideoDecoder', Decoder);
  vi.stubGlobal('EncodedVideoChunk', Chunk);
  vi.stubGlobal('ResizeObserver', Sizes);
});

const canvas = (clientWidth = 0, clientHeight = 0) =>
  ({ getContext: () => ({}), clientWidth, clientHeight }) as unknown as HTMLCanvasElement;
const uplink = () => ({ report: vi.fn(), want: vi.fn(), shown: vi.fn() });
const frame = (sequence: number, key: boolean): Frame => ({
  kind: 'frame',
  track: 'local',
  codec: 'vp8',
  key,
  sequence,
  width: 640,
  height: 360,
  written: sequence * 33,
  present: 0,
  data: new Uint8Array(8),
});

test('a picture that changes places goes on without another key frame', () => {
  const up = uplink();
  const player = new Player(up);
  const leave = player.attach(canvas(), {});
  player.take(frame(1, true));
  leave();
  player.take(frame(2, false));
  player.attach(canvas(), {});
  player.take(frame(3, false));
  expect(decoded).toEqual(['key', 'delta', 'delta']);
  expect(up.want).toHaveBeenCalledTimes(1);
});

test('what nobody looks at for long is not decoded, and begins anew with a key frame', () => {
  const up = uplink();
  const player = new Player(up);
  player.attach(canvas(), {})();
  player.take(frame(1, true));
  vi.advanceTimersByTime(1_000);
  player.take(frame(2, true));
  expect(decoded).toEqual(['key']);
  player.attach(canvas(), {});
  expect(up.want).toHaveBeenLastCalledWith(2);
  player.take(frame(3, false));
  expect(decoded).toEqual(['key']);
  player.take(frame(4, true));
  expect(decoded).toEqual(['key', 'key']);
});

test('a decoder that fails gives way to another, which begins with a key frame', () => {
  const up = uplink();
  const player = new Player(up);
  player.attach(canvas(), {});
  player.take(frame(1, true));
  player.take(frame(2, false));
  up.want.mockClear();
  decoders[0]?.fail();
  expect(up.report.mock.calls).toEqual([
    [1, outcome.failed],
    [2, outcome.skipped],
  ]);
  expect(up.want.mock.calls).toEqual([[2]]);
  player.take(frame(3, false));
  expect(up.report).toHaveBeenLastCalledWith(3, outcome.skipped);
  expect(decoders).toHaveLength(1);
  player.take(frame(4, true));
  player.take(frame(5, false));
  expect(decoders).toHaveLength(2);
  expect(decoded).toEqual(['key', 'delta', 'key', 'delta']);
  expect(player.stats.errors).toBe(1);
  decoders[0]?.fail(); // its last words come late
  expect(player.stats.errors).toBe(1);
  expect(up.want).toHaveBeenCalledTimes(1);
});

test('a decoder that refuses a frame at once gives way as well', () => {
  const up = uplink();
  const player = new Player(up);
  player.attach(canvas(), {});
  player.take(frame(1, true));
  up.want.mockClear();
  decoders[0]?.close(); // by the engine, which has not told yet
  player.take(frame(2, false));
  expect(up.report.mock.calls.map((c) => c[1] as unknown)).toContain(outcome.failed);
  expect(up.want.mock.calls).toEqual([[2]]);
  player.take(frame(3, true));
  expect(decoders).toHaveLength(2);
  expect(decoded).toEqual(['key', 'key']);
});

test('what comes at once is decoded, and a decoder that is too slow begins anew', () => {
  const up = uplink();
  const player = new Player(up);
  player.attach(canvas(), {});
  player.take(frame(1, true));
  up.want.mockClear();
  for (let n = 2; n <= 30; n++) player.take({ ...frame(n, false), written: 66 });
  expect([decoded.length, up.want.mock.calls]).toEqual([30, []]);
  for (let n = 31; n <= 40; n++) player.take({ ...frame(n, false), written: 66 + 33 * (n - 30) });
  expect(up.want).not.toHaveBeenCalled();
  for (let n = 41; n <= 50; n++) player.take({ ...frame(n, false), written: 66 + 33 * (n - 30) });
  expect(up.want).toHaveBeenCalledOnce();
  expect(decoders[0]?.state).toBe('closed');
});

test('the program is told the size of the largest place, once for each change', () => {
  const up = uplink();
  const player = new Player(up);
  const small = canvas(200, 125);
  const leave = player.attach(small, {});
  resized();
  const leaveOther = player.attach(canvas(100, 300), {});
  Object.assign(small, { clientWidth: 220.5 });
  resized();
  leaveOther();
  leave();
  vi.advanceTimersByTime(1_000);
  const sizes = [
    [200, 125],
    [200, 300],
    [221, 300],
    [221, 125],
    [0, 0],
  ];
  expect(up.shown.mock.calls).toEqual(sizes);
});

test('a size is told at the pixels of the screen, and anew to another program', () => {
  vi.stubGlobal('devicePixelRatio', 2);
  const up = uplink();
  const player = new Player(up);
  player.attach(canvas(200, 125), {});
  player.connected();
  expect(up.shown.mock.calls).toEqual([
    [400, 250],
    [400, 250],
  ]);
});
