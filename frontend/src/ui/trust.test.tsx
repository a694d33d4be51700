// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import type { Host } from '../host/host.ts';
import { idle, type Snapshot, type Trust } from '../model/snapshot.ts';
import { words } from '../model/words.ts';
import { App } from './app.tsx';

const { label } = words;
const said = 'physique hideaway physique reproduce';
const snapshot = signal<Snapshot>(idle);
const root = document.createElement('div');
document.body.append(root);
afterEach(() => render(null, root));

const inCall = (trust: Partial<Trust>): Snapshot => ({
  ...idle,
  state: 'connected',
  role: 'callee',
  trust: { ...idle.trust, ...trust },
});

const named = (name: string) =>
  [...root.querySelectorAll('button')].find(
    (b) => (b.getAttribute('aria-label') ?? b.textContent.trim()) === name,
  );
const press = (name: string) => act(() => named(name)?.click());

async function show(trust: Partial<Trust>) {
  const setVerified = vi.fn<NonNullable<Host['setVerified']>>(() => Promise.resolve());
  snapshot.value = inCall(trust);
  const host: Host = {
    snapshot,
    stats: signal(undefined),
    mirrored: signal(false),
    attach: () => () => undefined,
    setVerified,
  };
  await act(() => render(<App host={host} home={() => null} />, root));
  await vi.waitFor(() => expect(named(trust.verified ? label.trusted : label.trust)).toBeDefined());
  return setVerified;
}

test('the words are shown in order, and marked as compared', async () => {
  const setVerified = await show({ words: said });
  await press(label.trust);
  const dialog = root.querySelector('dialog');
  expect([...dialog!.querySelectorAll('li')].map((li) => li.textContent)).toEqual(said.split(' '));
  expect(dialog!.querySelector('ol')?.getAttribute('lang')).toBe('en');
  await press(label.same);
  expect(setVerified).toHaveBeenCalledExactlyOnceWith(true);
  expect(root.querySelector('dialog')).toBeNull();
});

test('the mark can be taken back', async () => {
  const setVerified = await show({ words: said, verified: true });
  expect(named(label.trust)).toBeUndefined();
  await press(label.trusted);
  await press(label.notSame);
  expect(setVerified).toHaveBeenCalledExactlyOnceWith(false);
});

test('an app without words is said to have none, and nothing can be marked', async () => {
  await show({});
  await press(label.trust);
  expect(root.querySelector('dialog')?.textContent).toContain(label.trustNone);
  expect(named(label.same)).toBeUndefined();
});

test('a swapped certificate is shouted until the words are compared again', async () => {
  await show({ words: said, verified: true });
  expect(root.querySelector('[role=alert]')).toBeNull();
  await act(() => void (snapshot.value = inCall({ words: said, swapped: true })));
  const alert = root.querySelector('[role=alert]');
  expect(alert?.textContent).toContain(label.swapped.what);
  expect(alert?.querySelector('button')).toBeNull();
  expect(named(label.trusted)).toBeUndefined();
  await act(() => void (snapshot.value = inCall({ words: said, verified: true })));
  expect(root.querySelector('[role=alert]')).toBeNull();
});
