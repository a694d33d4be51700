// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stats as figures } from '../../gallery/madeup.ts';
import type { History } from '../../model/history.ts';
import { panels } from '../../model/panels.ts';
import type { Stats } from '../../model/stats.ts';
import { Details } from './details.tsx';

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(() => {
  render(null, root);
  root.remove();
});

const show = (history: History) =>
  act(() => render(<Details history={history} dataSaver={false} actions={{}} />, root));

const rows = () => [...root.querySelectorAll('dl > div')];
const nameOf = (row: Element) => row.querySelector('dt')?.textContent;
const lineOf = (row: Element) => row.querySelector('polyline')?.getAttribute('points');

test('each figure is named, ours and theirs, and some are drawn', async () => {
  const { in: theirs, out: ours } = figures.video;
  const now: Stats = {
    ...figures,
    video: {
      in: { ...theirs, freezes: 2, jitter_ms: 1 },
      out: { ...ours, width: 640, height: 360, fps: 15 },
    },
    path: 'relay',
    protocol: 'tls',
  };
  await show([now]);
  const say = panels().details;
  const told = rows().map((r) => [...r.querySelectorAll('dt, dd')].map((e) => e.textContent));
  expect(told).toEqual([
    [say.receiving, '1.9 Mbit/s', '1280×720 · 30 fps · VP8'],
    [say.sending, '1.7 Mbit/s', '640×360 · 15 fps · H264'],
    [say.target, '2.0 Mbit/s'],
    [say.roundTrip, '18 ms'],
    [say.lost, '4'],
    [say.jitter, '3 ms'],
    [say.freezes, '2'],
    [say.soundDelay, '42 ms'],
    [say.path, `${say.relay} · TLS`],
  ]);
  const drawn = [say.receiving, say.sending, say.roundTrip, say.lost];
  expect(rows().filter(lineOf).map(nameOf)).toEqual(drawn);
});

test('lost packets are drawn second by second', async () => {
  const history = [5, 5, 25, 0].map((lost) => {
    const now = structuredClone(figures);
    now.audio.in.lost = 0;
    now.video.in.lost = lost;
    return now;
  });
  await show(history);
  const row = rows().find((r) => nameOf(r) === panels().details.lost);
  expect(row && lineOf(row)).toBe('56,20 57,20 58,0 59,20');
});
