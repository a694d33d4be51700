// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import type { Offer } from '../host/host.ts';
import { desktop } from '../model/desktop.ts';
import { idle } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { Rejoin } from './rejoin.tsx';

test.each([
  ['callee', false, true, desktop().crash.callee, desktop().crash.rejoin],
  ['caller', true, true, desktop().crash.reopen, desktop().crash.rejoin],
  ['caller', false, true, desktop().crash.create, label.createRoom],
  ['caller', true, false, desktop().crash.lost, desktop().crash.again],
] as const)('a %s, reopens %s, crashed %s', async (role, reopens, crashed, why, name) => {
  const root = document.createElement('div');
  const offer = signal<Offer | undefined>({ role, reopens, crashed, invite: 'x' });
  const rejoin = vi.fn(() => Promise.resolve());
  const dismissOffer = vi.fn(() => Promise.resolve());
  const rest = { stats: signal(undefined), mirrored: signal(true), attach: () => () => undefined };
  const host = { snapshot: signal(idle), offer, rejoin, dismissOffer, ...rest };
  await act(() => render(<Rejoin host={host} />, root));
  expect(root.textContent).toContain(why);
  expect(root.textContent.includes(desktop().crash.title)).toBe(crashed);
  const [yes, no] = root.querySelectorAll('button');
  expect([yes?.textContent, no?.textContent]).toEqual([name, label.dismiss]);
  await act(() => yes?.click());
  await act(() => no?.click());
  expect([rejoin.mock.calls.length, dismissOffer.mock.calls.length]).toEqual([1, 1]);
  await act(() => void (offer.value = undefined));
  expect(root.textContent).toBe('');
});
