// Whether this webview can show video at all, asked before a call.

export type Support = { ok: true } | { ok: false; why: string };

const decoders = [
  { name: 'VP8', codec: 'vp8' },
  { name: 'H.264', codec: 'avc1.42e01f' },
];

/** Checks for WebCodecs with decoders for VP8 and H.264. `why` is for the user to read. */
export async function supported(): Promise<Support> {
  if (typeof VideoDecoder === 'undefined') {
    return {
      ok: false,
      why:
        'This webview cannot decode video (it has no WebCodecs). Parley needs WebKitGTK 2.50, ' +
        'macOS 13.3 or WebView2 94, or a newer one.',
    };
  }
  const missing: string[] = [];
  for (const { name, codec } of decoders) {
    const config = { codec, codedWidth: 1280, codedHeight: 720 };
    const answer = await VideoDecoder.isConfigSupported(config).catch(() => undefined);
    if (!answer?.supported) missing.push(name);
  }
  if (missing.length === 0) return { ok: true };
  return {
    ok: false,
    why:
      `This webview cannot decode ${missing.join(' and ')}. On Linux, install the packages ` +
      'gstreamer1.0-plugins-good and gstreamer1.0-libav.',
  };
}
