// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import { fetchParts, later } from './later.tsx';

test('parts are fetched before they are shown, one by one, and one that cannot be harms nothing', async () => {
  const there = vi.fn(() => Promise.resolve(() => <p>a part</p>));
  let fail: (e: Error) => void = () => undefined;
  const gone = vi
    .fn<() => Promise<() => null>>()
    .mockRejectedValue(new Error('no network'))
    .mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
  later(gone);
  const Part = later(there);
  expect(gone).not.toHaveBeenCalled();
  const fetched = fetchParts(() => false);
  await vi.waitFor(() => expect(gone).toHaveBeenCalledOnce());
  expect(there).not.toHaveBeenCalled();
  fail(new Error('no network'));
  await fetched;
  expect(there).toHaveBeenCalledOnce();
  const root = document.createElement('div');
  render(<Part />, root);
  expect(root.textContent).toBe('a part'); // with all that is drawn beside it
  await act(() => render(<Part />, root));
  expect(there).toHaveBeenCalledOnce();
});

test('a part that was not fetched before is shown when it has come', async () => {
  const Part = later(() => Promise.resolve(() => <p>a part</p>));
  const root = document.createElement('div');
  render(<Part />, root);
  expect(root.textContent).toBe('');
  await vi.waitFor(() => expect(root.textContent).toBe('a part'));
});

test('what each call uses is fetched at once, then what each shows, then the rest', async () => {
  const order: string[] = [];
  const load = (name: string) => () => {
    order.push(name);
    return Promise.resolve(() => null);
  };
  later(load('the rest'));
  later(load('shown'), true);
  await fetchParts(() => false, [load('used'), load('used too')]);
  expect(order).toEqual(['used', 'used too', 'shown', 'the rest']);
});

test('nothing more is fetched once a call has begun', async () => {
  let begun = false;
  const last = vi.fn(() => Promise.resolve(() => null));
  later(() => {
    begun = true;
    return Promise.resolve(() => null);
  });
  later(last);
  await fetchParts(() => begun);
  expect(last).not.toHaveBeenCalled();
});
