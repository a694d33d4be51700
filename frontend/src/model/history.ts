// The last minute of a call's figures, one set a second, and what they amount
// to in a word.
import type { Stats } from './stats.ts';

const minute = 60;

export type History = readonly Stats[];

export const remember = (history: History, now: Stats): History => [...history, now].slice(-minute);

export type Quality = 'good' | 'fair' | 'poor';

/** How long the judgement looks back, in s. */
const window = 5;

/**
 * What a person would say of the last seconds; undefined before there are
 * enough of them. The bounds of delay and loss are those at which talk begins
 * to suffer (ITU-T G.114: 150 ms one way is fine, 400 ms is not; Opus' own
 * repair hides a few percent).
 */
export function quality(history: History): Quality | undefined {
  const now = history.at(-1);
  const before = history.at(-1 - window);
  if (!now || !before) return undefined;
  const froze = now.video.in.freezes - before.video.in.freezes;
  const lost = now.audio.in.lost - before.audio.in.lost;
  const came = now.audio.in.packets - before.audio.in.packets;
  const loss = lost > 0 ? lost / (lost + Math.max(came, 0)) : 0;
  if (froze > 1 || loss > 0.1 || now.rtt_ms > 800) return 'poor';
  if (froze > 0 || loss > 0.03 || now.rtt_ms > 300) return 'fair';
  return 'good';
}
