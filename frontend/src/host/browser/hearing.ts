// Whether anything still comes from the other side. Browsers say "disconnected"
// only 5 to 8 s after the last packet; a person wonders after 3.
import type { Report } from './stats.ts';

const reports = 3; // without a new byte; other Parleys send RTCP each second
const patience = 2_500; // ms; in a page at the back, reports come all at once

export class Hearing {
  #bytes = -1;
  #misses = 0;
  #last = 0; // ms

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
      this.#bytes = bytes;
      this.#misses = 0;
      this.#last = now;
      return true;
    }
    this.#misses++;
    return this.#misses < reports || now - this.#last < patience;
  }
}
