// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Actions } from '../host/host.ts';
import { idle, type Snapshot } from '../model/snapshot.ts';
import { desktop } from '../model/desktop.ts';
import { label } from '../model/words.ts';
import { App } from '../ui/app.tsx';
import { Home } from './home.tsx';
import { Keyboard } from './keyboard.tsx';
import { keys } from './keys.ts';
import { settingsOpen } from './settings.tsx';

const connected: Snapshot = {
  ...idle,
  state: 'connected',
  other: { ...idle.other, present: true },
};
const snapshot = signal<Snapshot>(idle);
const did = vi.fn<(what: string, on?: boolean) => Promise<void>>(() => Promise.resolve());
const actions: { -readonly [name in keyof Actions]: Actions[name] } = {
  hangUp: () => did('hang up'),
  setMicrophone: (on) => did('microphone', on),
  setCamera: (on) => did('camera', on),
  join: () => Promise.resolve(),
  shortcuts: keys,
};
let root: HTMLElement;

beforeEach(() => {
  did.mockClear();
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(() => {
  render(null, root);
  root.remove();
});

const show = (s: Snapshot) => {
  snapshot.value = s;
  const rest = { stats: signal(undefined), mirrored: signal(true), attach: () => () => undefined };
  const host = { snapshot, ...rest, ...actions };
  const page = (
    <App host={host} home={Home}>
      <Keyboard host={host} />
    </App>
  );
  return act(() => render(page, root));
};

type Init = KeyboardEventInit & { on?: Element; up?: boolean };
const key = (name: string, { on = document.body, up, ...init }: Init = {}) =>
  act(() => {
    const type = up ? 'keyup' : 'keydown';
    on.dispatchEvent(
      new KeyboardEvent(type, { key: name, bubbles: true, cancelable: true, ...init }),
    );
  });

test('S shares a screen where the other side can see it, and ends that', async () => {
  actions.shareScreen = (id) => did(`share ${id}`);
  try {
    await show(connected);
    await key('s');
    expect(did).not.toHaveBeenCalled();
    await show({ ...connected, other: { ...connected.other, showsScreens: true } });
    await act(() => vi.dynamicImportSettled());
    await key('s');
    expect(did).toHaveBeenLastCalledWith('share any');
    await show({ ...connected, sharing: { on: true, name: 'a screen' } });
    await act(() => vi.dynamicImportSettled());
    await key('S');
    expect(did).toHaveBeenLastCalledWith('share ');
  } finally {
    delete actions.shareScreen;
  }
});

test('M and V turn the microphone and the camera on and off, and Ctrl+D hangs up', async () => {
  await show(connected);
  await key('m');
  await key('V');
  await key('d', { ctrlKey: true });
  expect(did.mock.calls).toEqual([['microphone', false], ['camera', false], ['hang up']]);

  did.mockClear();
  await show({
    ...connected,
    microphone: { on: false },
    camera: { on: true, problem: 'no_camera' },
  });
  await key('m');
  await key('v');
  expect(did.mock.calls).toEqual([
    ['microphone', true],
    ['camera', true],
  ]);
});

test('a key is known by its place where it writes another script', async () => {
  await show(connected);
  await key('ь', { code: 'KeyM' });
  expect(did.mock.calls).toEqual([['microphone', false]]);
});

test('Space talks while it is held, and only while muted', async () => {
  await show(connected);
  await key(' ');
  await key(' ', { up: true });
  expect(did).not.toHaveBeenCalled();

  await show({ ...connected, microphone: { on: false } });
  await key(' ');
  await key(' ', { repeat: true });
  expect(did.mock.calls).toEqual([['microphone', true]]);
  await show(connected); // the microphone is on now
  await key(' ', { up: true });
  expect(did.mock.calls.at(-1)).toEqual(['microphone', false]);

  // Whoever turns to another window while holding it is not heard on.
  did.mockClear();
  await show({ ...connected, microphone: { on: false } });
  await key(' ');
  await act(() => void dispatchEvent(new Event('blur')));
  await key(' ', { up: true });
  expect(did.mock.calls).toEqual([
    ['microphone', true],
    ['microphone', false],
  ]);
});

test('keys are left to those whose they are', async () => {
  await show(idle);
  const field = root.querySelector('input')!;
  for (const name of ['m', 'v', 'f', '?', ' ']) await key(name, { on: field });
  await key('d', { ctrlKey: true }); // no call
  await key('m', { ctrlKey: true });
  await key('m', { metaKey: true });
  await key('m', { isComposing: true });
  expect(root.querySelector('dialog')).toBeNull();

  await show({ ...connected, microphone: { on: false } });
  await key(' ', { on: root.querySelector('button')! });
  expect(did).not.toHaveBeenCalled();
});

test('? tells what the keys do, and then they do nothing', async () => {
  await show(connected);
  await key('?', { shiftKey: true });
  await vi.waitFor(() => expect(root.querySelector('dialog h2')).not.toBeNull());
  expect(root.querySelector('dialog')?.textContent).toContain(desktop().keyTalk);
  await key('m');
  expect(did).not.toHaveBeenCalled();
  const close = root.querySelector<HTMLElement>(`dialog [aria-label="${label.close}"]`);
  await act(() => close?.click());
  expect(root.querySelector('dialog')).toBeNull();
});

test('Ctrl+, opens the settings', async () => {
  await show(idle);
  await key(',');
  expect(settingsOpen.value).toBe(false);
  await key(',', { ctrlKey: true });
  expect(settingsOpen.value).toBe(true);
  settingsOpen.value = false;
});

test('what a key does says so', async () => {
  await show(connected);
  const named = [...root.querySelectorAll('[aria-keyshortcuts]')].map((b) => [
    b.getAttribute('aria-label'),
    b.getAttribute('aria-keyshortcuts'),
  ]);
  expect(named).toEqual([
    [label.mute, 'M'],
    [label.cameraTurnOff, 'V'],
    [label.hangUp, 'Control+D'],
  ]);
});
