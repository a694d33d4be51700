// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { Wake } from './wake.ts';

test('a lock that is granted after the call is let go', async () => {
  let grant: (lock: unknown) => void = () => undefined;
  const release = vi.fn(() => Promise.resolve());
  const request = vi.fn(() => new Promise((resolve) => (grant = resolve)));
  vi.stubGlobal('navigator', { wakeLock: { request } });
  const wake = new Wake();
  wake.want(true);
  await vi.waitFor(() => expect(request).toHaveBeenCalledTimes(1));
  wake.want(false);
  grant({ released: false, release });
  await vi.waitFor(() => expect(release).toHaveBeenCalledTimes(1));
});
