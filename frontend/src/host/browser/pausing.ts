import type { Report } from './stats.ts';

/** Below this a browser's encoder is not told to go, bit/s: libwebrtc's least is 30,000. */
const leastOfPicture = 31_000;
const lossy = 0.05; // of the sound's packets
const tooMuch = 1; // second of the sound, lost in reports that follow each other
const firstWait = 10_000; // ms until a picture is tried again
const longestWait = 60_000; // ms

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
  #lost = 0; // s
  #since = 0; // of the last change, ms
  #wait = firstWait;

  needed(report: Report): boolean {
    const entries = [...report.values()];
    const find = (type: string, kind: string) =>
      entries.find((e) => e.type === type && e.kind === kind && !(Number(e.mid) > 1)); // a screen's
    const sound = find('remote-inbound-rtp', 'audio');
    const target = find('outbound-rtp', 'video')?.targetBitrate ?? 0; // of a camera that is off
    if (!sound || sound.timestamp <= this.#at) return this.#on;
    const seconds = Math.min((sound.timestamp - this.#at) / 1000, 1);
    this.#at = sound.timestamp;
    const fraction = sound.fractionLost ?? 0;
    const weak = fraction > lossy && target > 0 && target <= leastOfPicture;
    this.#lost = weak ? this.#lost + fraction * seconds : 0;
    const long = this.#at - this.#since;
    if (!this.#on && this.#lost >= tooMuch) {
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
