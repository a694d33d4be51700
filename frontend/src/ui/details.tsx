import type { ComponentChildren } from 'preact';
import type { History } from '../model/history.ts';
import type { Stats } from '../model/stats.ts';
import { words } from '../model/words.ts';

const { label } = words;

const rate = (bits: number) =>
  bits >= 1e6 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1e3)} kbit/s`;

type Video = { codec: string; width: number; height: number; fps: number; bitrate: number };

const video = (v: Video) =>
  [
    v.width > 0 && `${v.width}×${v.height} · ${Math.round(v.fps)} fps`,
    rate(v.bitrate),
    v.codec.toUpperCase(),
  ]
    .filter(Boolean)
    .join(' · ');

const sum = (a: Stats['video']['in'], b: Stats['audio']['in']) => a.lost + b.lost;

/** The figures of a call, for those who want to know, and how they went in the last minute. */
export function Details({ history, children }: { history: History; children?: ComponentChildren }) {
  const now = history.at(-1);
  if (!now) return null;
  const graph = (of: (s: Stats) => number, least: number) => (
    <Graph values={history.map(of)} least={least} />
  );
  const rows: [string, string, ComponentChildren?][] = [
    [label.receiving, video(now.video.in), graph((s) => s.video.in.bitrate, 5e5)],
    [label.sending, video(now.video.out), graph((s) => s.video.out.bitrate, 5e5)],
    [label.target, rate(now.video.out.target)],
    [label.roundTrip, `${Math.round(now.rtt_ms)} ms`, graph((s) => s.rtt_ms, 100)],
    [
      label.lost,
      String(sum(now.video.in, now.audio.in)),
      graph((s) => sum(s.video.in, s.audio.in), 10),
    ],
    [label.freezes, String(now.video.in.freezes)],
    [label.soundDelay, `${Math.round(now.audio.in.delay_ms)} ms`],
  ];
  if (now.path) {
    rows.push([
      label.path,
      [label[now.path], now.protocol.toUpperCase()].filter(Boolean).join(' · '),
    ]);
  }
  return (
    <section class="details" aria-label={label.details}>
      <dl>
        {rows.map(([name, value, picture]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
            {picture}
          </div>
        ))}
      </dl>
      {children}
    </section>
  );
}

/** A line over the last minute, whose top is the most there was, or least. */
function Graph({ values, least }: { values: number[]; least: number }) {
  const most = Math.max(least, ...values);
  const points = values.map((v, i) => `${60 - values.length + i},${20 - (20 * v) / most}`);
  return (
    <svg viewBox="0 0 59 20" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
