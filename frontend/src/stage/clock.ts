// The program stamps frames on its own clock. The page's is another: even as
// performance.timeOrigin + performance.now() it misses what the system's clock
// was set by since the page was loaded, and the time that the machine slept. So
// the difference is measured: it is the least one seen between a frame's stamp
// and its arrival, of the last few seconds.

const SPAN = 5000; // ms that one estimate is taken over
const STEP = 1000; // ms beyond which a clock was set, not a frame delayed

/** Maps the program's clock to the page's. All times are ms. */
export class Clock {
  #since = 0;
  #now = Infinity; // least difference of this span
  #before = Infinity; // and of the one before

  /** Takes in that a frame written at `written` arrived at `now`. */
  sample(written: number, now: number): void {
    const difference = now - written;
    if (Math.abs(difference - this.#offset()) > STEP) {
      this.#before = Infinity;
      this.#now = difference;
      this.#since = now;
    } else if (now - this.#since > SPAN) {
      this.#before = this.#now;
      this.#now = difference;
      this.#since = now;
    } else {
      this.#now = Math.min(this.#now, difference);
    }
  }

  /** The page's time at the program's time t. */
  toPage(t: number): number {
    return t + this.#offset();
  }

  #offset(): number {
    const least = Math.min(this.#now, this.#before);
    return least === Infinity ? 0 : least;
  }
}
