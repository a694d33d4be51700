// The figures of a call out of the browser's own (W3C Identifiers for WebRTC's
// Statistics API).
import type { Stats } from '../../model/stats.ts';

/** What this reads of the many fields of a stats entry. */
export interface Entry {
  type: string;
  kind?: string;
  mid?: string;
  timestamp: number; // ms
  bytesReceived?: number;
  bytesSent?: number;
  packetsReceived?: number;
  packetsSent?: number;
  packetsLost?: number;
  fractionLost?: number; // 0 to 1, since the report before
  framesDecoded?: number;
  framesEncoded?: number;
  framesPerSecond?: number;
  frameWidth?: number;
  frameHeight?: number;
  freezeCount?: number;
  jitter?: number; // s, of the packets' arrival
  availableOutgoingBitrate?: number; // bit/s
  targetBitrate?: number; // bit/s
  totalEncodedBytesTarget?: number;
  audioLevel?: number; // 0 to 1
  selectedCandidatePairId?: string;
  selected?: boolean; // Firefox's word for it
  roundTripTime?: number; // s, by RTCP
  currentRoundTripTime?: number; // s, by STUN
  localCandidateId?: string;
  remoteCandidateId?: string;
  candidateType?: string;
  protocol?: string;
  relayProtocol?: string;
  codecId?: string;
  mimeType?: string;
  jitterBufferDelay?: number; // s, over all that were played
  jitterBufferEmittedCount?: number;
}

export type Report = ReadonlyMap<string, Entry>;

const silence = -127; // dBov: RFC 6464

const level = (linear: number | undefined): number =>
  linear ? Math.max(silence, Math.round(20 * Math.log10(linear))) : silence;

const ms = (seconds = 0): number => Math.round(seconds * 1000);

/** The candidates that carry the call. Nominated are those of before a restart as well. */
export function pairInUse(report: Report): Entry | undefined {
  for (const e of report.values()) {
    if (e.type === 'candidate-pair' && e.selected) return e;
    if (e.selectedCandidatePairId) return report.get(e.selectedCandidatePairId);
  }
  return undefined;
}

/** The figures of now; before is the report of the last time, for the bit rates. */
export function statsOf(now: Report, before: Report | undefined): Stats {
  const entries = [...now.entries()];
  const find = (type: string, kind?: string): [string, Entry] | undefined =>
    entries.find(
      ([, e]) => e.type === type && (kind === undefined || e.kind === kind) && !(Number(e.mid) > 1), // a screen's
    );
  const rate = (found: [string, Entry] | undefined, field: 'bytesReceived' | 'bytesSent') => {
    if (!found) return 0;
    const [id, e] = found;
    const old = before?.get(id);
    const ms = e.timestamp - (old?.timestamp ?? e.timestamp);
    return ms > 0 ? Math.round((((e[field] ?? 0) - (old?.[field] ?? 0)) * 8000) / ms) : 0;
  };

  const codec = (e: Entry | undefined): string =>
    (now.get(e?.codecId ?? '')?.mimeType ?? '').replace(/.*\//, '').toLowerCase();

  const videoIn = find('inbound-rtp', 'video');
  const videoOut = find('outbound-rtp', 'video');
  const sound = find('inbound-rtp', 'audio');
  const audioIn = sound?.[1];
  const audioOut = find('outbound-rtp', 'audio')?.[1];
  const source = find('media-source', 'audio')?.[1];
  const pair = pairInUse(now);
  const local = now.get(pair?.localCandidateId ?? '');
  // A relay of either side's is one.
  const relayed = [local, now.get(pair?.remoteCandidateId ?? '')].some(
    (c) => c?.candidateType === 'relay',
  );
  const rtcp = (find('remote-inbound-rtp', 'video') ?? find('remote-inbound-rtp', 'audio'))?.[1];
  const vi = videoIn?.[1];
  const vo = videoOut?.[1];
  return {
    video: {
      in: {
        codec: codec(vi),
        frames: vi?.framesDecoded ?? 0,
        fps: vi?.framesPerSecond ?? 0,
        width: vi?.frameWidth ?? 0,
        height: vi?.frameHeight ?? 0,
        bitrate: rate(videoIn, 'bytesReceived'),
        lost: vi?.packetsLost ?? 0,
        jitter_ms: ms(vi?.jitter),
        freezes: vi?.freezeCount ?? 0,
      },
      out: {
        codec: codec(vo),
        frames: vo?.framesEncoded ?? 0,
        fps: vo?.framesPerSecond ?? 0,
        width: vo?.frameWidth ?? 0,
        height: vo?.frameHeight ?? 0,
        bitrate: rate(videoOut, 'bytesSent'),
        target: vo?.targetBitrate ?? 0,
      },
    },
    audio: {
      in: {
        packets: audioIn?.packetsReceived ?? 0,
        level: level(audioIn?.audioLevel),
        lost: audioIn?.packetsLost ?? 0,
        jitter_ms: ms(audioIn?.jitter),
        delay_ms: heldBack(audioIn, before?.get(sound?.[0] ?? '')),
      },
      out: { packets: audioOut?.packetsSent ?? 0, level: level(source?.audioLevel) },
    },
    // Firefox's of the candidate pair is far off.
    rtt_ms: ms(rtcp?.roundTripTime ?? pair?.currentRoundTripTime),
    available: pair?.availableOutgoingBitrate ?? 0,
    path: relayed ? 'relay' : local ? 'direct' : '',
    protocol: protocols.find((p) => p === (local?.relayProtocol ?? local?.protocol)) ?? '',
  };
}

const protocols = ['udp', 'tcp', 'tls'] as const;

/** How long the jitter buffer holds sound back, ms, since the report before. */
function heldBack(now: Entry | undefined, before: Entry | undefined): number {
  const samples = (now?.jitterBufferEmittedCount ?? 0) - (before?.jitterBufferEmittedCount ?? 0);
  const seconds = (now?.jitterBufferDelay ?? 0) - (before?.jitterBufferDelay ?? 0);
  return samples > 0 ? Math.round((1000 * seconds) / samples) : 0;
}
