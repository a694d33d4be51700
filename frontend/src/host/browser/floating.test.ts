// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';
import { floats } from './floating.ts';

const shown = document as { pictureInPictureEnabled?: boolean; pictureInPictureElement?: Element };

afterEach(() => {
  delete shown.pictureInPictureEnabled;
  delete shown.pictureInPictureElement;
});

test('where the browser has no small window, there is nothing to press', () => {
  expect(floats(document.createElement('video'))).toBeUndefined();
});

test('the picture goes into a window of its own, and back', async () => {
  shown.pictureInPictureEnabled = true;
  const request = vi.fn(() => Promise.resolve());
  const exit = vi.fn(() => Promise.resolve());
  const video = Object.assign(document.createElement('video'), {
    requestPictureInPicture: request,
  });
  Object.assign(document, { exitPictureInPicture: exit });
  const float = floats(video);
  await float?.();
  expect([request, exit].map((f) => f.mock.calls.length)).toEqual([1, 0]);
  shown.pictureInPictureElement = video;
  await float?.();
  expect([request, exit].map((f) => f.mock.calls.length)).toEqual([1, 1]);
});

test("Safari's own way does the same", async () => {
  const modes: string[] = [];
  const video = Object.assign(document.createElement('video'), {
    webkitPresentationMode: 'inline',
    webkitSupportsPresentationMode: (mode: string) => mode === 'picture-in-picture',
    webkitSetPresentationMode: (mode: string) => {
      video.webkitPresentationMode = mode;
      modes.push(mode);
    },
  });
  const float = floats(video);
  await float?.();
  await float?.();
  expect(modes).toEqual(['picture-in-picture', 'inline']);
});
