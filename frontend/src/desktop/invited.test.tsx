// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import { desktop } from '../model/desktop.ts';
import { idle } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { Invited } from './invited.tsx';

test('a link from elsewhere is asked about', async () => {
  const root = document.createElement('div');
  const invited = signal<string | undefined>('parley:7k3m-9q0x-v2ab');
  const accept = vi.fn(() => Promise.resolve());
  const decline = vi.fn(() => Promise.resolve());
  const rest = { stats: signal(undefined), mirrored: signal(true), attach: () => () => undefined };
  const host = { snapshot: signal(idle), invited, accept, decline, ...rest };
  await act(() => render(<Invited host={host} />, root));
  expect(root.textContent).toContain(desktop().invited.title);
  const [yes, no] = root.querySelectorAll('button');
  expect([yes?.textContent, no?.textContent]).toEqual([label.join, label.dismiss]);
  await act(() => yes?.click());
  await act(() => no?.click());
  expect([accept.mock.calls.length, decline.mock.calls.length]).toEqual([1, 1]);
  await act(() => void (invited.value = undefined));
  expect(root.textContent).toBe('');
});
