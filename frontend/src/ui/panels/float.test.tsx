// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { idle, type Snapshot } from '../../model/snapshot.ts';
import { Float } from './float.tsx';

const shown = document as { pictureInPictureElement?: Element };
const float = vi.fn(() => Promise.resolve());
const connected: Snapshot = { ...idle, state: 'connected' };
const off: Snapshot = { ...connected, other: { ...idle.other, cameraOn: false } };
let root: HTMLElement;

beforeEach(() => {
  float.mockClear();
  root = document.createElement('div');
});
afterEach(() => {
  render(null, root);
  delete shown.pictureInPictureElement;
});

const show = (snapshot: Snapshot) =>
  act(() => render(<Float float={float} snapshot={snapshot} />, root));
const button = () => root.querySelector('button')!;

test('there is no way into the small window without a picture', async () => {
  await show(connected);
  expect(button().disabled).toBe(false);
  button().click();
  expect(float).toHaveBeenCalledTimes(1);
  for (const snapshot of [off, { ...connected, state: 'reconnecting' } as const]) {
    await show(snapshot);
    expect(button().disabled).toBe(true);
  }
});

test('there is a way out of it while the connection is looked for', async () => {
  shown.pictureInPictureElement = document.createElement('video');
  await show({ ...connected, state: 'reconnecting' });
  expect(button().disabled).toBe(false);
});

test('it goes when their camera does', async () => {
  shown.pictureInPictureElement = document.createElement('video');
  await show(connected);
  expect(float).not.toHaveBeenCalled();
  await show(off);
  expect(float).toHaveBeenCalledTimes(1);
});
