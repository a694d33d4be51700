// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { afterEach, expect, test, vi } from 'vitest';
import type { Host } from '../host/host.ts';
import { desktop } from '../model/desktop.ts';
import { idle } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import type { Support } from '../stage/index.ts';

const host: Host = {
  snapshot: signal(idle),
  stats: signal(undefined),
  mirrored: signal(true),
  attach: () => () => undefined,
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
  document.body.replaceChildren();
});

test.each<[Support, string]>([
  [{ ok: true }, label.createRoom],
  [{ ok: false, missing: ['VP8'] }, desktop().noDecoders('VP8')],
  [{ ok: false, missing: [] }, desktop().noWebCodecs],
])(
  'the first screen is drawn before it is asked what can be decoded: %o',
  async (answer, shown) => {
    const frames: (() => void)[] = [];
    vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
    let reply: (support: Support) => void = () => undefined;
    const supported = vi.fn(() => new Promise<Support>((resolve) => (reply = resolve)));
    vi.doMock('../stage/index.ts', () => ({ supported }));
    vi.doMock('../host/wails.ts', () => ({ wailsHost: () => Promise.resolve(host) }));
    const root = document.createElement('div');
    root.id = 'app';
    document.body.append(root);

    const page = import('./main.tsx'); // it ends with the answer
    await vi.waitFor(() => expect(root.textContent).toContain(label.createRoom));
    expect(supported).not.toHaveBeenCalled();
    frames.forEach((draw) => draw());
    await vi.waitFor(() => expect(supported).toHaveBeenCalled());
    expect(root.textContent).toContain(label.createRoom);
    reply(answer);
    await page;
    expect(root.textContent).toContain(shown);
    expect(root.textContent.includes(label.createRoom)).toBe(answer.ok);
  },
);
