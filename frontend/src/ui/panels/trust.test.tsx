// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import type { Host } from '../../host/host.ts';
import { idle, type Snapshot, type Trust } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { words } from '../../model/words.ts';
import { App } from '../app.tsx';

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
  await act(() => vi.dynamicImportSettled());
  expect(named(trust.verified ? panels().trust.compared : panels().trust.title)).toBeDefined();
  return setVerified;
}

test('the words are shown in order, and marked as compared', async () => {
  const setVerified = await show({ words: said });
  await press(panels().trust.title);
  const dialog = root.querySelector('dialog');
  expect([...dialog!.querySelectorAll('li')].map((li) => li.textContent)).toEqual(said.split(' '));
  expect(dialog!.querySelector('ol')?.getAttribute('lang')).toBe('en');
  await press(panels().trust.same);
  expect(setVerified).toHaveBeenCalledExactlyOnceWith(true);
  expect(root.querySelector('dialog')).toBeNull();
});

test('the mark can be taken back', async () => {
  const setVerified = await show({ words: said, verified: true });
  expect(named(panels().trust.title)).toBeUndefined();
  await press(panels().trust.compared);
  await press(panels().trust.notSame);
  expect(setVerified).toHaveBeenCalledExactlyOnceWith(false);
});

test('an app without words is said to have none, and nothing can be marked', async () => {
  await show({});
  await press(panels().trust.title);
  expect(root.querySelector('dialog')?.textContent).toContain(panels().trust.none);
  expect(named(panels().trust.same)).toBeUndefined();
});

test('a swapped certificate is shouted until the words are compared again', async () => {
  await show({ words: said, verified: true });
  expect(root.querySelector('[role=alert]')).toBeNull();
  await act(() => void (snapshot.value = inCall({ words: said, swapped: true })));
  const alert = root.querySelector('[role=alert]');
  expect(alert?.textContent).toContain(label.swapped.what);
  expect(alert?.querySelector('button')).toBeNull();
  expect(named(panels().trust.compared)).toBeUndefined();
  await act(() => void (snapshot.value = inCall({ words: said, verified: true })));
  expect(root.querySelector('[role=alert]')).toBeNull();
});
