// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import { fetchParts, later } from './later.tsx';

test('parts are fetched before they are shown, and one that cannot be harms nothing', async () => {
  const there = vi.fn(() => Promise.resolve(() => <p>a part</p>));
  const gone = vi.fn(() => Promise.reject(new Error('no network')));
  const Part = later(there);
  later(gone);
  expect(there).not.toHaveBeenCalled();
  fetchParts();
  expect(there).toHaveBeenCalledOnce();
  expect(gone).toHaveBeenCalledOnce();
  const root = document.createElement('div');
  await act(() => render(<Part />, root));
  await vi.waitFor(() => expect(root.textContent).toBe('a part'));
});
