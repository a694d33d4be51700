import type { Stats } from '../model/stats.ts';
import { words } from '../model/words.ts';

const { label } = words;

const rate = (bits: number) =>
  bits >= 1e6 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1e3)} kbit/s`;

const video = (v: { width: number; height: number; fps: number; bitrate: number }) =>
  v.width > 0
    ? `${v.width}×${v.height} · ${Math.round(v.fps)} fps · ${rate(v.bitrate)}`
    : rate(v.bitrate);

/** The figures of a call, for those who want to know. */
export function Details({ stats }: { stats: Stats }) {
  const rows: [string, string][] = [
    [label.receiving, video(stats.video.in)],
    [label.sending, video(stats.video.out)],
    [label.roundTrip, `${Math.round(stats.rtt_ms)} ms`],
    [label.lost, String(stats.video.in.lost + stats.audio.in.lost)],
  ];
  if (stats.path) rows.push([label.path, label[stats.path]]);
  return (
    <dl class="details">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
