import { expect, test } from 'vitest';
import { pairInUse, statsOf, type Report } from './stats.ts';

const report = (ms: number, received: number): Report =>
  new Map([
    [
      'vi',
      {
        type: 'inbound-rtp',
        kind: 'video',
        timestamp: ms,
        bytesReceived: received,
        framesDecoded: 60,
        framesPerSecond: 30,
        frameWidth: 1280,
        frameHeight: 720,
        codecId: 'c',
        jitter: 0.012,
      },
    ],
    [
      'ai',
      {
        type: 'inbound-rtp',
        kind: 'audio',
        timestamp: ms,
        packetsReceived: 50,
        audioLevel: 0.1,
        jitterBufferDelay: ms * 40,
        jitterBufferEmittedCount: ms * 1000,
      },
    ],
    ['t', { type: 'transport', timestamp: ms, selectedCandidatePairId: 'p' }],
    ['before a restart', { type: 'candidate-pair', timestamp: ms, currentRoundTripTime: 0.3 }],
    [
      'p',
      {
        type: 'candidate-pair',
        timestamp: ms,
        currentRoundTripTime: 0.048,
        availableOutgoingBitrate: 900_000,
        localCandidateId: 'l',
        remoteCandidateId: 'r',
      },
    ],
    ['r', { type: 'remote-candidate', timestamp: ms, candidateType: 'srflx' }],
    [
      'l',
      {
        type: 'local-candidate',
        timestamp: ms,
        candidateType: 'relay',
        protocol: 'udp',
        relayProtocol: 'tls',
      },
    ],
    ['c', { type: 'codec', timestamp: ms, mimeType: 'video/VP8' }],
  ]);

test('figures of a call', () => {
  const s = statsOf(report(2000, 150_000), report(1000, 25_000));
  expect(s.video.in).toMatchObject({
    frames: 60,
    fps: 30,
    width: 1280,
    bitrate: 1_000_000,
    jitter_ms: 12,
  });
  expect(s.audio.in).toMatchObject({ packets: 50, level: -20, delay_ms: 40 });
  expect(s).toMatchObject({ rtt_ms: 48, available: 900_000, path: 'relay', protocol: 'tls' });
  expect([s.video.in.codec, s.video.out.codec]).toEqual(['vp8', '']);
});

test('figures of what we send, and of what went wrong', () => {
  const at = (ms: number, sent: number): Report =>
    new Map([
      ...report(ms, 0),
      [
        'vo',
        {
          type: 'outbound-rtp',
          kind: 'video',
          timestamp: ms,
          bytesSent: sent,
          framesEncoded: 90,
          framesPerSecond: 15,
          frameWidth: 640,
          frameHeight: 360,
          targetBitrate: 700_000,
          codecId: 'h',
        },
      ],
      ['h', { type: 'codec', timestamp: ms, mimeType: 'video/H264' }],
      ['vi', { ...report(ms, 0).get('vi')!, packetsLost: 7, freezeCount: 2 }],
      ['ai', { ...report(ms, 0).get('ai')!, packetsLost: 5, jitter: 0.003 }],
      ['rr', { type: 'remote-inbound-rtp', kind: 'video', timestamp: ms, roundTripTime: 0.052 }],
    ]);
  const s = statsOf(at(3000, 200_000), at(1000, 50_000));
  expect(s.video.out).toEqual({
    codec: 'h264',
    frames: 90,
    fps: 15,
    width: 640,
    height: 360,
    bitrate: 600_000,
    target: 700_000,
  });
  expect(s.video.in).toMatchObject({ height: 720, lost: 7, freezes: 2 });
  expect(s.audio.in).toMatchObject({ lost: 5, jitter_ms: 3 });
  expect(s.rtt_ms).toBe(52);
});

test('a call through a relay of either side is not direct', () => {
  const between = (local: string, remote: string): Report =>
    new Map([
      ...report(1000, 0),
      ['l', { type: 'local-candidate', timestamp: 1000, candidateType: local, protocol: 'udp' }],
      ['r', { type: 'remote-candidate', timestamp: 1000, candidateType: remote }],
    ]);
  const path = (r: Report) => [statsOf(r, undefined).path, statsOf(r, undefined).protocol];
  expect(path(between('srflx', 'srflx'))).toEqual(['direct', 'udp']);
  expect(path(between('relay', 'srflx'))).toEqual(['relay', 'udp']);
  expect(path(between('srflx', 'relay'))).toEqual(['relay', 'udp']);
  expect(path(new Map())).toEqual(['', '']);
});

test('a report with nothing in it, and a first one', () => {
  expect(statsOf(new Map(), undefined).audio.in.level).toBe(-127);
  expect(statsOf(new Map(), undefined).video.in.jitter_ms).toBe(0);
  expect(statsOf(report(1000, 5), undefined).video.in.bitrate).toBe(0);
});

test('the candidates in use, as Firefox tells of them', () => {
  const pair = { type: 'candidate-pair', timestamp: 0 };
  const used = { ...pair, selected: true };
  expect(
    pairInUse(
      new Map([
        ['p', pair],
        ['q', used],
      ]),
    ),
  ).toBe(used);
  expect(pairInUse(new Map([['p', pair]]))).toBeUndefined();
});
