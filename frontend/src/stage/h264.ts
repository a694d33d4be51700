// What WebCodecs wants to know of an H.264 stream before it decodes it.

/** Without a parameter set in sight: constrained baseline, level 3.1 (720p30). */
const CONSTRAINED_BASELINE = 'avc1.42e01f';

/**
 * The codec string (RFC 6381, 3.3) of a key frame in Annex B form: profile,
 * constraints and level as its sequence parameter set says.
 */
export function codecString(data: Uint8Array): string {
  for (let i = 0; i + 6 < data.length; i++) {
    if (data[i] !== 0 || data[i + 1] !== 0 || data[i + 2] !== 1) continue;
    if ((data[i + 3] ?? 0) % 32 !== 7) continue; // nal_unit_type: not an SPS
    const hex = [...data.subarray(i + 4, i + 7)].map((b) => b.toString(16).padStart(2, '0'));
    return `avc1.${hex.join('')}`;
  }
  return CONSTRAINED_BASELINE;
}
