// Whether anything still comes from the other side. Browsers say "disconnected"
// only 5 to 8 s after the last packet; a person wonders after 1. How long a pause
// is one depends on what is usual: a side that sends pictures is never quiet for
// long, one that sends nothing is heard of every 2.5 s, by its checks of the way.
import type { Report } from './stats.ts';

const reports = 3; // without a new byte: in a page at the back, they come all at once
const times = 3; // the longest pause of late
const least = 800; // ms
const most = 3_000; // ms
const forget = 0.95; // of a pause, with each report

export class Hearing {
  #bytes = -1;
  #misses = 0;
  #last = 0; // ms
  #usual = most / times; // ms

  /** Takes the report of each second; false when none of the last had a new byte. */
  hears(report: Report, now: number): boolean {
    let bytes = 0;
    let told = false; // a browser that does not count them is believed
    for (const entry of report.values()) {
      if (entry.type !== 'candidate-pair' || entry.bytesReceived === undefined) continue;
      bytes += entry.bytesReceived;
      told = true;
    }
    if (!told || bytes !== this.#bytes) {
      const pause = this.#misses < 4 * reports ? now - this.#last : 0; // a break is not usual
      if (this.#last > 0) this.#usual = Math.max(pause, forget * this.#usual);
      this.#bytes = bytes;
      this.#misses = 0;
      this.#last = now;
      return true;
    }
    this.#misses++;
    const patience = Math.min(most, Math.max(least, times * this.#usual));
    return this.#misses < reports || now - this.#last < patience;
  }
}
