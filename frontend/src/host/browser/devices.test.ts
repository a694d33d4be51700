import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { follow, type Follower } from './devices.ts';
import { Media } from './media.ts';
import type { Pictures } from './pictures.ts';
import { FakeStream, FakeTrack, rejection } from './testing.ts';

type Kind = 'audio' | 'video';

/** A computer that devices are plugged into: the first of a kind is the default,
 * which comes, as in Chromium, to whoever does not insist on another. */
class Sockets {
  there: Record<Kind, string[]> = { audio: [], video: [] };
  tracks: FakeTrack[] = [];
  changed: () => void = () => undefined;
  speakers: string[] = [];
  /** What a list brings to light. */
  unnoticed: () => void = () => undefined;

  readonly mediaDevices = {
    getUserMedia: (c: MediaStreamConstraints) => {
      const tracks: FakeTrack[] = [];
      for (const kind of ['audio', 'video'] as const) {
        if (!c[kind]) continue;
        const { exact } = ((c[kind] as MediaTrackConstraints).deviceId ?? {}) as { exact?: string };
        const there = this.there[kind];
        if (!there[0]) return Promise.reject(rejection('NotFoundError'));
        const id = exact ? there.find((d) => d === exact) : there[0];
        if (!id) return Promise.reject(rejection('OverconstrainedError'));
        tracks.push(new FakeTrack(kind, id.toUpperCase(), { deviceId: id }));
      }
      this.tracks.push(...tracks);
      return Promise.resolve(new FakeStream(tracks));
    },
    enumerateDevices: () => {
      this.unnoticed();
      const list = (kind: string, ids: string[]) =>
        ids.map((deviceId) => ({ kind, deviceId, label: deviceId.toUpperCase() }));
      return Promise.resolve([
        ...list('videoinput', this.there.video),
        ...list('audioinput', ['default', ...this.there.audio]),
        ...list('audiooutput', this.speakers),
      ]);
    },
    addEventListener: (_: string, changed: () => void) => (this.changed = changed),
  };

  /** Plugs a device in, or out: its track ends, before or after the change is told. */
  plug(kind: Kind, id: string, endFirst = true): void {
    const there = this.there[kind];
    const at = there.indexOf(id);
    if (at < 0) there.push(id);
    else there.splice(at, 1);
    if (!endFirst) this.changed();
    for (const t of this.tracks) {
      if (at < 0 || t.kind !== kind || t.getSettings().deviceId !== id) continue;
      if (t.readyState === 'ended') continue;
      t.readyState = 'ended';
      t.onended?.();
    }
    if (endFirst) this.changed();
  }

  runs(kind: Kind): string[] {
    return this.tracks
      .filter((t) => t.kind === kind && t.readyState === 'live')
      .map((t) => t.label);
  }
}

let sockets: Sockets;
let media: Media;
let follower: Follower;
let kept: Record<string, string>;
const sink = vi.fn<(id: string) => Promise<void>>(() => Promise.resolve());

function start(): void {
  media = new Media(() => undefined);
  media.ended = (kind, track) => void follower.ended(kind, track);
  const remote = { setSinkId: sink };
  follower = follow(media, { videos: { remote } } as unknown as Pictures);
}

const news = (kind: Kind) => {
  const { change, was } = (kind === 'audio' ? media.microphone : media.camera).value;
  return { ...(change && { change }), ...(was !== undefined && { was }) };
};

const rest = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
  await follower.look();
};

beforeEach(() => {
  sockets = new Sockets();
  kept = {};
  sink.mockClear();
  vi.stubGlobal('navigator', sockets);
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => (kept[key] = value),
  });
});
afterEach(() => vi.unstubAllGlobals());

test.each([true, false])(
  'one that goes in a call is replaced and told, and taken again (end first: %s)',
  async (endFirst) => {
    sockets.there = { audio: ['desk', 'usb'], video: ['front'] };
    start();
    await follower.choose({ camera: '', microphone: 'usb', speaker: '' });
    await media.open();
    expect(sockets.runs('audio')).toEqual(['USB']);
    sockets.plug('audio', 'usb', endFirst);
    await rest();
    expect(sockets.runs('audio')).toEqual(['DESK']);
    expect(news('audio')).toEqual({ change: 'gone', was: 'USB' });
    expect(media.microphone.value.name).toBe('DESK');
    await media.setMicrophone(false); // it is told all the same
    expect(news('audio')).toEqual({ change: 'gone', was: 'USB' });
    sockets.plug('audio', 'usb');
    await rest();
    expect(sockets.runs('audio')).toEqual(['USB']);
    expect(news('audio')).toEqual({ change: 'back', was: 'USB' });
  },
);

test('one that goes without a word is missed at the next look', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  sockets.there = { audio: ['desk', 'usb'], video: [] };
  start();
  await follower.choose({ camera: '', microphone: 'usb', speaker: '' });
  await media.open();
  sockets.unnoticed = () => {
    sockets.unnoticed = () => undefined;
    sockets.plug('audio', 'usb');
  };
  vi.advanceTimersByTime(2000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(news('audio')).toEqual({ change: 'gone', was: 'USB' }));
  expect(sockets.runs('audio')).toEqual(['DESK']);
});

test('a list that is older than the unplugging brings nothing back', async () => {
  sockets.there = { audio: ['desk', 'usb'], video: [] };
  start();
  await follower.choose({ camera: '', microphone: 'usb', speaker: '' });
  await media.open();
  const old = await sockets.mediaDevices.enumerateDevices();
  const { enumerateDevices } = sockets.mediaDevices;
  sockets.mediaDevices.enumerateDevices = () => Promise.resolve(old);
  sockets.plug('audio', 'usb');
  await rest();
  expect(news('audio')).toEqual({ change: 'gone', was: 'USB' });
  sockets.mediaDevices.enumerateDevices = enumerateDevices;
  sockets.plug('audio', 'usb');
  await rest();
  expect(news('audio')).toEqual({ change: 'back', was: 'USB' });
});

test('the only camera goes: its problem is said; whichever comes is taken', async () => {
  sockets.there = { audio: ['desk'], video: ['front'] };
  start();
  await media.open();
  sockets.plug('video', 'front');
  await rest();
  expect(media.camera.value).toEqual({ on: true, problem: 'no_camera' });
  expect(news('video')).toEqual({});
  sockets.plug('video', 'other');
  await rest();
  expect(sockets.runs('video')).toEqual(['OTHER']);
  sockets.plug('video', 'front');
  await rest();
  expect(sockets.runs('video')).toEqual(['FRONT']);
  expect(news('video')).toEqual({ change: 'back', was: 'FRONT' });
});

test('a camera that another one is plugged in beside stays', async () => {
  sockets.there = { audio: ['desk'], video: ['front'] };
  start();
  await media.open();
  sockets.plug('video', 'back');
  await rest();
  expect(sockets.tracks.filter((t) => t.kind === 'video')).toHaveLength(1);
  expect(follower.devices.value.cameras.map((d) => d.name)).toEqual(['FRONT', 'BACK']);
});

test('one that the system took for a while is opened again, and nobody told', async () => {
  sockets.there = { audio: ['desk'], video: ['front'] };
  start();
  await media.open();
  const track = sockets.tracks.find((t) => t.kind === 'audio');
  track?.stop();
  track?.onended?.();
  await rest();
  expect(sockets.runs('audio')).toEqual(['DESK']);
  expect(news('audio')).toEqual({});
});

test('in any order of plugs what runs at the end is there, and is the chosen one if that is', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    let n = seed;
    const draw = (most: number) => (n = (n * 48_271) % 2_147_483_647) % most;
    sockets = new Sockets();
    vi.stubGlobal('navigator', sockets);
    sockets.there = { audio: ['a', 'b'], video: ['a'] };
    kept = {};
    start();
    await follower.choose({ camera: '', microphone: 'b', speaker: '' });
    await media.open();
    for (let i = 0; i < 12; i++) {
      sockets.plug(draw(2) ? 'audio' : 'video', ['a', 'b', 'c'][draw(3)] ?? 'a', draw(2) === 0);
      if (draw(2)) await rest();
    }
    await rest();
    for (const kind of ['audio', 'video'] as const) {
      const there = sockets.there[kind].map((id) => id.toUpperCase());
      const runs = sockets.runs(kind);
      expect(runs, `seed ${seed}: ${kind} of ${String(there)}`).toHaveLength(there.length ? 1 : 0);
      for (const one of runs) expect(there, `seed ${seed}`).toContain(one);
      if (kind === 'audio' && there.includes('B')) expect(runs, `seed ${seed}`).toEqual(['B']);
    }
    media.close();
  }
});

test('what was chosen is remembered, by name where it is away', async () => {
  sockets.there = { audio: ['desk', 'usb'], video: ['front', 'back'] };
  sockets.speakers = ['room', 'ears'];
  start();
  await follower.choose({ camera: 'back', microphone: 'usb', speaker: 'ears' });
  expect(sink).toHaveBeenLastCalledWith('ears');
  expect(Object.keys(kept)).toEqual(['parley.devices']);

  sockets.there = { audio: ['desk'], video: ['front', 'back'] };
  start();
  await media.open();
  await rest();
  expect([sockets.runs('video'), sockets.runs('audio')]).toEqual([['BACK'], ['DESK']]);
  expect([news('audio'), news('video')]).toEqual([{}, {}]); // silently
  expect(follower.choice.value).toEqual({ camera: 'back', microphone: 'usb', speaker: 'ears' });
  expect(follower.devices.value.microphones).toContainEqual({
    id: 'usb',
    name: 'USB',
    default: false,
    absent: true,
  });
  sockets.speakers = ['room'];
  await follower.look();
  expect(sink).toHaveBeenLastCalledWith(''); // the default plays
});

test('a browser that keeps nothing, or nonsense, costs nobody a call', async () => {
  sockets.there = { audio: ['desk'], video: ['front'] };
  for (const getItem of [() => '{', () => 'null', () => raise()]) {
    vi.stubGlobal('localStorage', { getItem, setItem: raise });
    vi.spyOn(console, 'warn').mockReturnValue();
    start();
    await follower.choose({ camera: 'front', microphone: '', speaker: '' });
    await media.open();
    expect(media.camera.value.name).toBe('FRONT');
    media.close();
  }
});
const raise = () => {
  throw new DOMException('no', 'SecurityError');
};

test('the mirror is remembered for each side of the phone', () => {
  start();
  expect(media.mirrored.value).toBe(true);
  follower.mirror(false);
  expect(media.mirrored.value).toBe(false);
  media.facing.value = 'environment';
  expect(media.mirrored.value).toBe(false);
  follower.mirror(true);
  start();
  expect(media.mirrored.value).toBe(false);
  media.facing.value = 'environment';
  expect(media.mirrored.value).toBe(true);
});
