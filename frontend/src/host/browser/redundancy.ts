import { pairInUse, type Report } from './stats.ts';

const memory = 4000; // ms over which reports are smoothed: of 50 packets, one lost is 2 %

/**
 * Whether to send each packet of sound again in the next one, which costs as much as the sound:
 * while more is lost than can be left to Opus, and the way has room. The Go side, which sends two
 * copies where much is lost, has its own (backend/peer/red.go).
 */
export class Redundancy {
  #loss = 0; // 0 to 1
  #at = 0; // of the last report, ms
  #on = false;

  pays(report: Report): boolean {
    const room = pairInUse(report)?.availableOutgoingBitrate ?? 0;
    for (const e of report.values()) {
      if (e.type !== 'remote-inbound-rtp' || e.kind !== 'audio' || e.timestamp <= this.#at)
        continue;
      this.#at ||= e.timestamp - 1000; // the first one tells of a second
      this.#loss +=
        ((e.fractionLost ?? 0) - this.#loss) * (1 - Math.exp((this.#at - e.timestamp) / memory));
      this.#at = e.timestamp;
    }
    // It ends at less than it begins with, so as not to flutter.
    this.#on = this.#on
      ? this.#loss >= 0.005 && room > 120_000
      : this.#loss > 0.01 && room > 160_000;
    return this.#on;
  }
}
