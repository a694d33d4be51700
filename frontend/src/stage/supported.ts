// Whether this webview can show video at all, asked before a call.

export type Support =
  | { ok: true }
  /** The codecs that cannot be decoded; none where there is no WebCodecs at all. */
  | { ok: false; missing: string[] };

const decoders = [
  { name: 'VP8', codec: 'vp8' },
  { name: 'H.264', codec: 'avc1.42e01f' },
];

/** Checks for WebCodecs with decoders for VP8 and H.264. */
export async function supported(): Promise<Support> {
  if (typeof VideoDecoder === 'undefined') return { ok: false, missing: [] };
  const missing: string[] = [];
  for (const { name, codec } of decoders) {
    const config = { codec, codedWidth: 1280, codedHeight: 720 };
    const answer = await VideoDecoder.isConfigSupported(config).catch(() => undefined);
    if (!answer?.supported) missing.push(name);
  }
  return missing.length === 0 ? { ok: true } : { ok: false, missing };
}
