// A call's figures are looked at four times a second, and shown once.
import type { Stats } from '../../model/stats.ts';
import { Hearing } from './hearing.ts';
import { ofEachCall } from './later.ts';
import type { Peer } from './peer.ts';
import type { Report } from './stats.ts';

export interface Watcher {
  current: () => boolean;
  /** Whether anything still comes from the other side. */
  heard: (heard: boolean) => void;
  figures: (stats: Stats) => void;
  /** Whether the way is too weak for our picture. */
  paused: (paused: boolean) => void;
}

/** Begins to look; whoever called ends it with clearInterval. */
export function poll(
  peer: Peer,
  { current, heard, figures, paused }: Watcher,
): ReturnType<typeof setInterval> {
  let before: Report | undefined;
  const hearing = new Hearing();
  const sending = ofEachCall.sending().then(
    (m) => new m.Sending(peer, paused),
    () => undefined,
  );
  const later = ofEachCall.figures().catch(() => undefined);
  let looks = 0;
  return setInterval(() => {
    void peer.stats().then((now) => {
      if (!current()) return;
      const report = now as unknown as Report;
      const hears = hearing.hears(report, performance.now());
      if (peer.connected) {
        heard(hears);
        if (!current()) return;
        void sending
          .then((s) => (current() ? s?.look(report) : undefined))
          .catch((e: unknown) => console.warn('what is sent:', e));
      }
      if (++looks % 4 !== 0) return;
      const earlier = before;
      before = report;
      void later.then((m) => {
        if (m && current()) figures(m.statsOf(report, earlier));
      });
    });
  }, 250);
}
