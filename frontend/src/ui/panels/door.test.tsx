// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Host } from '../../host/host.ts';
import { idle, type Snapshot } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { words } from '../../model/words.ts';
import { App } from '../app.tsx';

const say = panels().door;
const snapshot = signal<Snapshot>(idle);
const root = document.createElement('div');
document.body.append(root);

const action = () => vi.fn(() => Promise.resolve());
let letIn = action();
let hangUp = action();
let setWaitingRoom = vi.fn<NonNullable<Host['setWaitingRoom']>>(() => Promise.resolve());
let knock = vi.fn<NonNullable<Host['knock']>>(() => Promise.resolve());
const drawn: ImageBitmapSource[] = [];

beforeEach(() => {
  [letIn, hangUp] = [action(), action()];
  setWaitingRoom = vi.fn<NonNullable<Host['setWaitingRoom']>>(() => Promise.resolve());
  knock = vi.fn<NonNullable<Host['knock']>>(() => Promise.resolve());
  drawn.length = 0;
  vi.stubGlobal('createImageBitmap', (source: ImageBitmapSource) => {
    drawn.push(source);
    return Promise.resolve({ width: 160, height: 90, close: () => undefined });
  });
  HTMLCanvasElement.prototype.getContext = (() => ({
    drawImage: () => undefined,
  })) as unknown as typeof HTMLCanvasElement.prototype.getContext;
  localStorage.clear();
});
afterEach(() => {
  render(null, root);
  vi.unstubAllGlobals();
});

async function show(s: Partial<Snapshot>): Promise<void> {
  snapshot.value = { ...idle, state: 'knocking', ...s };
  const host: Host = {
    snapshot,
    stats: signal(undefined),
    mirrored: signal(false),
    attach: () => () => undefined,
    ...{ letIn, hangUp, setWaitingRoom, knock },
  };
  await act(() => render(<App host={host} home={({ notice }) => <p>{notice}</p>} />, root));
  await act(() => vi.dynamicImportSettled());
}

const named = (name: string) =>
  [...root.querySelectorAll('button')].find((b) => b.textContent.trim() === name);
const press = (name: string) => act(() => named(name)?.click());
const switches = () => root.querySelector<HTMLInputElement>('[role=switch]');

// SOI, a frame header that says 160 by 90, or another size.
const jpeg = (width = 160, height = 90) =>
  btoa(
    String.fromCharCode(
      ...[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8],
      ...[height >> 8, height & 255, width >> 8, width & 255, 1, 1, 1, 1],
    ),
  );

test('who knocks is shown, first without a name, and let in', async () => {
  await show({ role: 'caller' });
  expect(document.activeElement?.textContent).toBe(say.knocks);
  const who = root.querySelector('[role=status] bdi');
  expect(who?.textContent).toBe(say.someone);
  await act(() => void (snapshot.value = { ...snapshot.value, knock: { name: '<b>Ann</b>' } }));
  expect(who?.textContent).toBe('<b>Ann</b>'); // text, never HTML
  expect(root.querySelector('.tile--remote')).toBeNull();
  await press(say.letIn);
  expect(letIn).toHaveBeenCalledOnce();
  expect(hangUp).not.toHaveBeenCalled();
});

test('or not let in', async () => {
  await show({ role: 'caller', knock: { name: 'Ann' } });
  await press(say.decline);
  expect(hangUp).toHaveBeenCalledOnce();
  await act(() => void (snapshot.value = { ...idle, state: 'ended', reason: 'declined' }));
  expect(root.textContent).toContain(words.reason.declined.what);
});

test('a picture is drawn where it is a small JPEG, and not decoded where it is not', async () => {
  await show({ role: 'caller', knock: { name: 'Ann', picture: jpeg() } });
  await vi.waitFor(() => expect(drawn).toHaveLength(1));
  expect(root.querySelector('canvas')?.getAttribute('aria-label')).toBe(say.picture('Ann'));
  for (const picture of [jpeg(321, 10), jpeg(10, 40_000), btoa('GIF89a'), 'x']) {
    drawn.length = 0;
    await act(() => void (snapshot.value = { ...snapshot.value, knock: { name: 'Ann', picture } }));
    await act(() => new Promise((resolve) => setTimeout(resolve)));
    expect(drawn, picture).toEqual([]);
    expect(root.querySelector('canvas')?.hidden).toBe(true);
  }
});

test('who comes types a name, which is cleaned and remembered, and waits', async () => {
  await show({ role: 'callee' });
  const field = () => root.querySelector<HTMLInputElement>('.door input:not([role])')!;
  const type = (text: string) =>
    act(() => {
      field().value = text;
      field().dispatchEvent(new InputEvent('input', { bubbles: true }));
    });
  expect(named(say.knock)?.disabled).toBe(true);
  await type(' \u202e ');
  expect(named(say.knock)?.disabled).toBe(true);
  await type(' Bob  Ray ');
  await act(() => root.querySelector('form')?.requestSubmit());
  expect(knock).toHaveBeenCalledExactlyOnceWith({ name: 'Bob Ray' });
  await act(() => void (snapshot.value = { ...snapshot.value, knock: { name: 'Bob Ray' } }));
  expect(root.textContent).toContain(say.waits);
  expect(document.activeElement?.textContent).toBe(say.waits);

  render(null, root);
  await show({ role: 'callee' });
  expect(field().value).toBe('Bob Ray');
});

test('without a camera there is no picture to send', async () => {
  await show({ role: 'callee' });
  await act(() => switches()?.click());
  await act(() => new Promise((resolve) => setTimeout(resolve)));
  expect(switches()?.checked).toBe(false);
});

test('the switch is under the invite, while nobody has come', async () => {
  const room = { room: '4fk2-9xqa-07mz', invite: 'https://h/#room=4fk2-9xqa-07mz' };
  await show({ role: 'caller', state: 'waiting', ...room });
  expect(switches()?.checked).toBe(false);
  await act(() => switches()?.click());
  expect(setWaitingRoom).toHaveBeenCalledExactlyOnceWith(true);
  await act(() => void (snapshot.value = { ...snapshot.value, waitingRoom: true }));
  expect(switches()?.checked).toBe(true);
  await show({ role: 'caller', state: 'connected', ...room });
  expect(switches()).toBeNull();
});
