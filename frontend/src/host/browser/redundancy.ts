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

/**
 * The other side's description with RED (RFC 2198) named before Opus, or behind it; as it was where
 * one of them is not there for both. Chromium 156 sends each packet of sound again while RED is first.
 */
export function redFirst(theirs: string, ours: string, first: boolean): string {
  const [red, opus] = ['red', 'opus'].map(
    (name) => new RegExp(`^a=rtpmap:(\\d+) ${name}/48000`, 'm').exec(theirs)?.[1] ?? '',
  ) as [string, string];
  return theirs.replace(/^m=audio.*/m, (line) => {
    const formats = line.split(' ');
    const r = formats.indexOf(red);
    const o = formats.indexOf(opus);
    if (r < 0 || o < 0 || r < o === first || !ours.includes(' red/')) return line;
    [formats[r], formats[o]] = [opus, red];
    return formats.join(' ');
  });
}
