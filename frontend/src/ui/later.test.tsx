// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import { fetchParts, later } from './later.tsx';

test('parts are fetched before they are shown, one by one, and one that cannot be harms nothing', async () => {
  const there = vi.fn(() => Promise.resolve(() => <p>a part</p>));
  const gone = vi.fn(() => Promise.reject(new Error('no network')));
  later(gone);
  const Part = later(there);
  expect(gone).not.toHaveBeenCalled();
  const fetched = fetchParts();
  expect(gone).toHaveBeenCalledOnce();
  expect(there).not.toHaveBeenCalled();
  await fetched;
  expect(there).toHaveBeenCalledOnce();
  const root = document.createElement('div');
  await act(() => render(<Part />, root));
  await vi.waitFor(() => expect(root.textContent).toBe('a part'));
});
