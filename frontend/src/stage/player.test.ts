// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import { Player } from './player';
import type { Frame } from './wire';

const decoded: string[] = [];

class Decoder {
  state = 'configured';
  configure(): void {
    this.state = 'configured';
  }
  decode(chunk: { type: string }): void {
    decoded.push(chunk.type);
  }
  close(): void {
    this.state = 'closed';
  }
}

class Chunk {
  readonly type: string;
  constructor({ type }: { type: string }) {
    this.type = type;
  }
}

beforeEach(() => {
  decoded.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal('VideoDecoder', Decoder);
  vi.stubGlobal('EncodedVideoChunk', Chunk);
});

const canvas = () => ({ getContext: () => ({}) }) as unknown as HTMLCanvasElement;
const uplink = () => ({ report: vi.fn(), want: vi.fn() });
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
