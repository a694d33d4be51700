// @vitest-environment happy-dom
import { afterEach, describe, expect, test, vi } from 'vitest';
import { browserHost } from './browser.ts';
import { Pausing } from './pausing.ts';
import type { Entry, Report } from './stats.ts';
import { FakeDevices, FakePeerConnection, FakeSignaler, stubBrowser } from './testing.ts';

const start = 1_700_000_000_000; // ms

/** A second of a call: the sound that was lost, 0 to 1, and the picture's bit/s. */
type Second = [loss: number, target: number];

function entries([fractionLost, targetBitrate]: Second, n: number): Record<string, Entry> {
  const timestamp = start + n * 1000;
  return {
    camera: { type: 'outbound-rtp', kind: 'video', mid: '1', timestamp, targetBitrate },
    screen: { type: 'outbound-rtp', kind: 'video', mid: '2', timestamp, targetBitrate: 500_000 },
    picture: { type: 'remote-inbound-rtp', kind: 'video', timestamp, fractionLost: 0.9 },
    sound: { type: 'remote-inbound-rtp', kind: 'audio', timestamp, fractionLost },
  };
}

const weak: Second = [0.5, 30_000];
const held: Second = [0, 0];
const fine: Second = [0, 30_000];
const times = (n: number, s: Second): Second[] => Array.from({ length: n }, () => s);

/** In which seconds there is no picture, where each report is looked at four times. */
function course(seconds: Second[]): number[] {
  const pausing = new Pausing();
  return seconds.flatMap((s, n) => {
    const report: Report = new Map(Object.entries(entries(s, n)));
    const [first, ...rest] = [1, 2, 3, 4].map(() => pausing.needed(report));
    expect(rest).toEqual([first, first, first]);
    return first ? [n] : [];
  });
}

const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

test('a second of lost sound ends a picture that has the least already', () => {
  expect(course(times(5, weak))).toEqual(from(1, 4));
  expect(course(times(5, [0.3, 30_000]))).toEqual([3, 4]);
});

test.each<[string, Second[]]>([
  ['a picture that could have less', times(30, [0.5, 32_000])],
  ['a camera that is off', times(30, [0.5, 0])],
  ['no loss', times(30, fine)],
  ['the odd lost packet', times(30, [0.04, 30_000])],
  ['a pause between losses', [...times(1, weak), fine, ...times(1, weak), fine]],
  ['an outage', [[0, 500_000], [1, 500_000], ...times(5, fine)]],
])('%s is no reason', (_, seconds) => {
  expect(course(seconds)).toEqual([]);
});

test('an outage of many seconds counts as one', () => {
  const pausing = new Pausing();
  pausing.needed(new Map(Object.entries(entries(fine, 0))));
  expect(pausing.needed(new Map(Object.entries(entries([0.9, 30_000], 20))))).toBe(false);
});

test('a picture is tried again, each time that it was in vain after twice as long', () => {
  const pausing = new Pausing();
  const tries: number[] = [];
  let paused = false;
  for (let n = 0; n < 210; n++) {
    const report: Report = new Map(Object.entries(entries(paused ? held : weak, n)));
    const before = paused;
    paused = pausing.needed(report);
    if (before && !paused) tries.push(n);
  }
  expect(tries).toEqual([11, 33, 75, 137, 199]);
});

test('what was a good while later is no longer in vain', () => {
  const again = [...times(2, weak), ...times(10, held), ...times(12, fine), ...times(2, weak)];
  expect(course([...again, ...times(12, held)])).toEqual([...from(1, 10), ...from(25, 34)]);
});

test('it is not tried while the sound alone is too much', () => {
  expect(course([...times(2, weak), ...times(20, [0.2, 0]), held])).toEqual(from(1, 21));
});

describe('where a browser tells its target in sum alone', () => {
  /** In which seconds there is no picture. */
  function courseInFirefox(seconds: Second[], told = {}): number[] {
    const pausing = new Pausing();
    let bytes = 1_000_000;
    return seconds.flatMap(([loss, target], n) => {
      bytes += target / 8;
      const sum = { targetBitrate: undefined, totalEncodedBytesTarget: bytes, ...told };
      const report = entries([loss, target], n);
      Object.assign(report['camera'] ?? {}, sum);
      return pausing.needed(new Map(Object.entries(report))) ? [n] : [];
    });
  }
  const weakest: Second = [0.5, 110_000];

  test('its least is more', () => {
    expect(courseInFirefox([[0, 2_500_000], ...times(5, weakest)])).toEqual(from(4, 5));
    expect(courseInFirefox([[0, 500_000], ...times(5, [0.7, 20_000])])).toEqual(from(2, 5));
  });

  test('it is tried again after ten seconds', () => {
    const again = [...times(5, weakest), ...times(12, held), ...times(2, fine)];
    expect(courseInFirefox(again)).toEqual(from(4, 13));
  });

  test('what a pause has helped once, is known by less for a minute', () => {
    const paused = [...times(5, weakest), ...times(10, held)];
    const fifth = times(6, [0.25, 50_000]);
    expect(courseInFirefox([...paused, ...fifth])).toEqual([...from(4, 13), ...from(18, 20)]);
    expect(courseInFirefox([...paused, ...times(60, fine), ...fifth])).toEqual(from(4, 13));
  });

  test.each<[string, Second[]]>([
    [
      'a fifth lost at random on a wide way, which takes the target there as well',
      [0.3, 0.14, 0.26, 0.36, 0.1, 0.16, 0.28, 0.2].flatMap((part) => times(4, [part, 107_000])),
    ],
    ['a picture that could have less', times(30, [0.5, 160_000])],
    ['a camera that is off', times(30, [0.5, 0])],
    ['an outage', [[0, 500_000], [0.99, 110_000], ...times(5, fine)]],
    ['no loss', times(30, [0, 110_000])],
    ['the first report, that tells no difference', times(1, [1, 110_000])],
  ])('%s is no reason', (_, seconds) => {
    expect(courseInFirefox(seconds)).toEqual([]);
  });

  test('nothing told of it is no reason', () => {
    expect(courseInFirefox(times(30, weakest), { totalEncodedBytesTarget: undefined })).toEqual([]);
  });
});

describe('the page', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('sends sound alone, says so to both, and goes on with the picture', async () => {
    stubBrowser(new FakeDevices());
    vi.useFakeTimers();
    const signaler = new FakeSignaler();
    const host = browserHost(signaler);
    await host.join?.('4fk2-9xqa-07mz');
    await vi.waitFor(() => expect(host.snapshot.value.state).toBe('waiting'));
    signaler.room.tell({ type: 'description', description: { type: 'offer', sdp: 'theirs' } });
    await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
    const pc = FakePeerConnection.last;
    pc.become('connected');
    const channel = pc.receiveChannel();
    await vi.dynamicImportSettled(); // of what looks at the reports
    const lives = async (seconds: Second[], at: number) => {
      for (const [n, s] of seconds.entries()) {
        pc.figures = entries(s, at + n);
        await vi.advanceTimersByTimeAsync(1000);
      }
    };
    const said = () => (JSON.parse(channel.sent.at(-1) ?? '') as { paused: unknown }).paused;
    const asEver = [
      { most: undefined, active: true },
      { most: undefined, active: true },
    ];
    await lives(times(2, fine), 0);
    expect([host.snapshot.value.camera.paused, said()]).toEqual([undefined, false]);
    expect(pc.encodings).toEqual(asEver);
    expect(pc.getTransceivers().map((t) => t.sender.set)).toEqual([undefined, undefined]);
    await lives(times(3, weak), 2);
    expect([host.snapshot.value.camera.paused, said()]).toEqual([true, true]);
    expect(pc.encodings).toEqual([
      { most: 16_000, active: true },
      { most: undefined, active: false },
    ]);
    await host.setCamera?.(false);
    expect(host.snapshot.value.camera.paused).toBeUndefined();
    await host.setCamera?.(true);
    expect(host.snapshot.value.camera.paused).toBe(true);
    await lives(times(12, held), 5);
    expect([host.snapshot.value.camera.paused, said()]).toEqual([undefined, false]);
    expect(pc.encodings).toEqual(asEver);
    await lives(times(3, weak), 17);
    await host.hangUp?.();
    expect(host.snapshot.value.camera.paused).toBeUndefined();
  });
});
