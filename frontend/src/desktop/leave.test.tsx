// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import { desktop } from '../model/desktop.ts';
import { idle } from '../model/snapshot.ts';
import { Leave } from './leave.tsx';

test('whoever closes the window in a call may stay', async () => {
  const leaving = signal(false);
  const snapshot = signal({ ...idle, state: 'connected' as const });
  const stay = vi.fn(() => Promise.resolve());
  const quit = vi.fn(() => Promise.resolve());
  const rest = { stats: signal(undefined), mirrored: signal(true), attach: () => () => undefined };
  const host = { snapshot, leaving, stay, quit, ...rest };
  await act(() => render(<Leave host={host} />, document.body));
  const press = (name: string) =>
    act(() => {
      const found = [...document.querySelectorAll('button')].find((b) => b.textContent === name);
      found?.click();
    });
  expect(document.querySelector('dialog')).toBeNull();
  await act(() => void (leaving.value = true));
  await press(desktop().stayInCall);
  expect([stay.mock.calls.length, quit.mock.calls.length]).toEqual([1, 0]);
  await press(desktop().quitNow);
  expect(quit).toHaveBeenCalledTimes(1);
  await act(() => render(null, document.body));
});
