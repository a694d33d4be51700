import type { ComponentChildren } from 'preact';
import type { Actions } from '../../host/host.ts';
import type { History } from '../../model/history.ts';
import type { Stats } from '../../model/stats.ts';
import { panels } from '../../model/panels.ts';
import { label, number } from '../../model/words.ts';
import { useAction } from '../action.ts';
import { adopt } from '../adopt.ts';
import css from './details.css?inline';
import { Switch } from './switch.tsx';

adopt(css);

// The signs of units are the same in every language (ISO 80000).
const rate = (bits: number) =>
  bits >= 1e6 ? `${number(bits / 1e6, 1)} Mbit/s` : `${number(bits / 1e3)} kbit/s`;

const ms = (n: number) => `${number(n)} ms`;

type Video = { codec: string; width: number; height: number; fps: number; bitrate: number };

const picture = (v: Video) =>
  v.width > 0 ? `${v.width}×${v.height} · ${number(v.fps)} fps · ${v.codec.toUpperCase()}` : '';

const lost = (s: Stats) => s.video.in.lost + s.audio.in.lost;

export interface DetailsProps {
  history: History;
  dataSaver: boolean;
  actions: Actions;
}

/** The figures of a call, for those who want to know, and how they went in the last minute. */
export function Details({ history, dataSaver, actions }: DetailsProps) {
  const now = history.at(-1);
  if (!now) return null;
  const of = (figure: (s: Stats) => number) => history.map(figure);
  const { video, audio } = now;
  const say = panels().details;
  return (
    <section class="details" aria-label={label.details}>
      <dl>
        <Row name={say.receiving} value={rate(video.in.bitrate)} more={picture(video.in)}>
          <Graph values={of((s) => s.video.in.bitrate)} least={5e5} />
        </Row>
        <Row name={say.sending} value={rate(video.out.bitrate)} more={picture(video.out)}>
          <Graph values={of((s) => s.video.out.bitrate)} least={5e5} />
        </Row>
        {now.available > 0 && <Row name={say.target} value={rate(now.available)} />}
        <Row name={say.roundTrip} value={ms(now.rtt_ms)}>
          <Graph values={of((s) => s.rtt_ms)} least={100} />
        </Row>
        <Row name={say.lost} value={number(lost(now))}>
          <Graph values={changes(of(lost))} least={10} />
        </Row>
        <Row name={say.jitter} value={ms(Math.max(video.in.jitter_ms, audio.in.jitter_ms))} />
        <Row name={say.freezes} value={number(video.in.freezes)} />
        <Row name={say.soundDelay} value={ms(audio.in.delay_ms)} />
        {now.path && (
          <Row
            name={say.path}
            value={[say[now.path], now.protocol.toUpperCase()].filter(Boolean).join(' · ')}
          />
        )}
      </dl>
      <DataSaver on={dataSaver} set={actions.setDataSaver} />
    </section>
  );
}

interface RowProps {
  name: string;
  value: string;
  more?: string;
  children?: ComponentChildren;
}

function Row({ name, value, more, children }: RowProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
      {more && (
        <dd class="details__more">
          <bdi>{more}</bdi>
        </dd>
      )}
      {children}
    </div>
  );
}

function DataSaver({ on, set }: { on: boolean; set: Actions['setDataSaver'] }) {
  const { run } = useAction(set);
  const say = panels().details;
  return (
    <Switch on={on} change={run && (() => run(!on))} name={say.dataSaver} why={say.dataSaverWhy} />
  );
}

/** How much each figure is above the one before; a count that begins anew is no change. */
const changes = (counts: number[]) => counts.map((n, i) => Math.max(0, n - (counts[i - 1] ?? n)));

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
