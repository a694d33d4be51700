import { beforeEach, describe, expect, test, vi } from 'vitest';
import { follow } from './devices.ts';
import { Media, troubleOf } from './media.ts';
import type { Pictures } from './pictures.ts';
import { FakeDevices, rejection } from './testing.ts';

let devices: FakeDevices;
let media: Media;

beforeEach(() => {
  devices = new FakeDevices();
  vi.stubGlobal('navigator', devices);
  media = new Media(() => undefined);
});

test.each([
  ['NotFoundError', 'none'],
  ['OverconstrainedError', 'none'],
  ['NotAllowedError', 'refused'],
  ['SecurityError', 'refused'],
  ['NotReadableError', 'busy'],
  ['AbortError', 'busy'],
])('%s is told as %s', (name, trouble) => expect(troubleOf(rejection(name))).toBe(trouble));

test('a page without devices, as on plain http, is told as a refusal', async () => {
  vi.stubGlobal('navigator', {});
  await media.open();
  expect(media.camera.value).toEqual({ on: true, problem: 'camera_refused' });
  expect(media.microphone.value).toEqual({ on: true, problem: 'microphone_refused' });
});

describe('the call goes on with what there is', () => {
  test('both are asked for in one question', async () => {
    await media.open();
    expect(devices.asked).toEqual(['audio+video']);
    expect(media.camera.value).toEqual({ on: true, name: 'camera (user)' });
  });

  test.each([
    ['NotFoundError', 'no_camera'],
    ['NotReadableError', 'camera_busy'],
  ] as const)('without a camera: %s', async (name, problem) => {
    devices.trouble.video = name;
    await media.open();
    expect(media.camera.value).toEqual({ on: true, problem });
    expect(media.microphone.value).toEqual({ on: true, name: 'microphone' });
  });

  test('without a microphone', async () => {
    devices.trouble.audio = 'NotFoundError';
    await media.open();
    expect(media.microphone.value.problem).toBe('no_microphone');
    expect(media.camera.value.name).toBe('camera (user)');
  });

  test('with a camera that is denied for good, the microphone is asked for alone', async () => {
    devices.trouble.video = 'NotAllowedError';
    devices.denied.camera = true;
    await media.open();
    expect(devices.asked).toEqual(['audio+video', 'audio']);
    expect(media.camera.value.problem).toBe('camera_refused');
    expect(media.microphone.value.name).toBe('microphone');
  });

  test('a user who says no is not asked again', async () => {
    devices.trouble = { audio: 'NotAllowedError', video: 'NotAllowedError' };
    await media.open();
    expect(devices.asked).toEqual(['audio+video']);
    expect(media.camera.value.problem).toBe('camera_refused');
    expect(media.microphone.value.problem).toBe('microphone_refused');
  });

  test('and a camera that has come free is there when it is turned on again', async () => {
    devices.trouble.video = 'NotReadableError';
    await media.open();
    devices.trouble = {};
    await media.setCamera(true);
    expect(media.camera.value).toEqual({ on: true, name: 'camera (user)' });
  });
});

test('the camera is not opened where it was turned off before; the microphone is, muted', async () => {
  await media.setCamera(false);
  await media.setMicrophone(false);
  expect(devices.asked).toEqual([]);
  await media.open();
  expect(devices.asked).toEqual(['audio']);
  expect(devices.tracks[0]?.enabled).toBe(false);
  expect(media.microphone.value).toEqual({ on: false, name: 'microphone' });
});

test('a hurried finger leaves the camera as it was last wanted', async () => {
  await media.open();
  await Promise.all([media.setCamera(false), media.setCamera(true), media.setCamera(false)]);
  expect(devices.running).toEqual(['microphone']);
  expect(media.camera.value).toEqual({ on: false });
});

test('what waits behind a question of the browser is not opened for a call that is over', async () => {
  let say: () => void = () => undefined;
  devices.answer = new Promise((resolve) => (say = resolve));
  const first = media.open();
  await vi.waitFor(() => expect(devices.asked).toHaveLength(1));
  media.close();
  const second = media.open();
  const other = media.take('video');
  media.close();
  say();
  await Promise.all([first, second, other]);
  expect(devices.running).toEqual([]);
  expect(devices.asked).toEqual(['audio+video']);
});

test('a camera that is unplugged is told', async () => {
  await media.open();
  devices.tracks.find((t) => t.kind === 'video')?.onended?.();
  expect(media.camera.value).toEqual({ on: true, problem: 'no_camera' });
  expect(media.picture.value).toBeUndefined();
});

test('a second camera that does not open gives the first one back', async () => {
  await media.open();
  const get = devices.mediaDevices.getUserMedia;
  devices.mediaDevices.getUserMedia = () => {
    devices.mediaDevices.getUserMedia = get;
    return Promise.reject(rejection('NotReadableError'));
  };
  await follow(media, { videos: { remote: {} } } as unknown as Pictures).switchCamera();
  expect(media.camera.value).toEqual({ on: true, name: 'camera (user)' });
  expect(media.mirrored.value).toBe(true);
});
