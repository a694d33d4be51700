import { afterEach, expect, test, vi } from 'vitest';
import { supported } from './supported.ts';

afterEach(() => vi.unstubAllGlobals());

/** A webview that decodes these. */
const decodes = (...codecs: string[]) =>
  vi.stubGlobal('VideoDecoder', {
    isConfigSupported: ({ codec }: VideoDecoderConfig) =>
      Promise.resolve({ supported: codecs.includes(codec) }),
  });

test('a webview without WebCodecs is told apart from one that lacks a decoder', async () => {
  expect(await supported()).toEqual({ ok: false, missing: [] });
  decodes('vp8');
  expect(await supported()).toEqual({ ok: false, missing: ['H.264'] });
  decodes('vp8', 'avc1.42e01f');
  expect(await supported()).toEqual({ ok: true });
});

test('a webview that does not even know a codec lacks it', async () => {
  vi.stubGlobal('VideoDecoder', { isConfigSupported: () => Promise.reject(new TypeError()) });
  expect(await supported()).toEqual({ ok: false, missing: ['VP8', 'H.264'] });
});
