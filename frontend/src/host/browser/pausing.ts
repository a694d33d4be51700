import type { Entry, Report } from './stats.ts';

const lossy = 0.05; // of the sound's packets
/** Below this a browser's encoder is not told to go, bit/s: libwebrtc's least is 30,000. */
const leastOfPicture = 31_000;
/** Firefox's is 20,000 to 142,000, by the picture's size. It tells its target in sum alone. */
const leastOfFirefox = 150_000;
const tooMuch = 1; // second of the sound, lost in reports that follow each other
/**
 * On a wide way random loss of a fifth takes Firefox's target there too. So at first this part of
 * each second's sound is left out; but not after a pause that has helped.
 */
const random = 0.3;
const firstWait = 10_000; // ms until a picture is tried again
const longestWait = 60_000; // ms

/** What the pictures were to take that were encoded since, bit/s. */
const targetSince = (before: Entry | undefined, now: Entry): number =>
  (8000 * ((now.totalEncodedBytesTarget ?? 0) - (before?.totalEncodedBytesTarget ?? NaN))) /
  (now.timestamp - (before?.timestamp ?? NaN));

/**
 * Whether the way is too weak for any picture: ours has the least that a browser gives one, and a
 * second of the sound is lost all the same. The browser would go on, and on a link of 50 kbit/s
 * half of the sound is lost to it. As its estimate does not grow without pictures, they are tried
 * again: after ten seconds, after each try that was in vain twice as long, a minute at most. The
 * Go side has its own (backend/media/ladder.go).
 */
export class Pausing {
  #on = false;
  #at = 0; // of the last report, ms
  #picture: Entry | undefined; // then
  #lost = 0; // s
  #since = 0; // of the last change, ms
  #wait = firstWait;

  needed(report: Report): boolean {
    const entries = [...report.values()];
    const find = (type: string, kind: string) =>
      entries.find((e) => e.type === type && e.kind === kind && !(Number(e.mid) > 1)); // a screen's
    const sound = find('remote-inbound-rtp', 'audio');
    if (!sound || sound.timestamp <= this.#at) return this.#on;
    const seconds = Math.min((sound.timestamp - this.#at) / 1000, 1);
    this.#at = sound.timestamp;
    const before = this.#picture;
    const picture = (this.#picture = find('outbound-rtp', 'video'));
    const told = picture?.targetBitrate;
    const target = told ?? (picture ? targetSince(before, picture) : 0);
    const long = this.#at - this.#since;
    const helped = this.#since > 0 && long < longestWait;
    const least = told === undefined ? leastOfFirefox : leastOfPicture;
    const spared = told === undefined && !helped ? random : 0;
    const fraction = sound.fractionLost ?? 0;
    const weak = fraction > lossy && target > 0 && target <= least;
    this.#lost = weak ? Math.max(0, this.#lost + (fraction - spared) * seconds) : 0;
    if (!this.#on && this.#lost >= tooMuch - spared) {
      const inVain = this.#since > 0 && long < firstWait;
      this.#wait = inVain ? Math.min(2 * this.#wait, longestWait) : firstWait;
      this.#turn(true);
    } else if (this.#on && fraction <= lossy && long >= this.#wait) this.#turn(false);
    return this.#on;
  }

  #turn(on: boolean): void {
    this.#on = on;
    this.#lost = 0;
    this.#since = this.#at;
  }
}
