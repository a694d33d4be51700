// Whether a picture moves, told from small copies of it taken over time.

/** Root mean square of the differences between two pictures, 0 to 255. */
function difference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum / a.length);
}

/** How much a picture varies within itself: 0 is one plain colour. */
export function contrast(picture: Uint8Array): number {
  const mean = [0, 0, 0]; // red, green, blue
  picture.forEach((x, i) => (mean[i % 3] = (mean[i % 3] ?? 0) + (3 * x) / picture.length));
  return difference(
    picture,
    picture.map((_, i) => mean[i % 3] ?? 0),
  );
}

export class Motion {
  #before: Uint8Array | null = null;
  #changes: number[] = []; // when, without a pause between them
  #last = performance.now(); // change
  #same = 0; // looks without a change since then
  /** The most that two pictures, one after the other, differed. */
  #most = 0;

  /** Takes the picture as it is now, or null where there is none; tells whether
   * it moves: it did again and again for a second, so that a page that changes
   * once, or fades in, does not count. */
  seen(now: Uint8Array | null): boolean {
    const time = performance.now();
    const change = now && this.#before ? difference(now, this.#before) : 0;
    this.#before = now;
    this.#most = Math.max(this.#most, change);
    // Noise and the rounding of a scaled copy stay below.
    if (change < 0.5) {
      this.#same++;
      return false;
    }
    // A busy machine looks seldom: a pause is one that was looked at, too.
    if (this.#same >= 3 && time - this.#last > 600) this.#changes = [];
    this.#same = 0;
    this.#last = time;
    this.#changes.push(time);
    return this.#changes.length >= 4 && time - (this.#changes[0] ?? time) > 1_000;
  }

  /** For how long it has not moved, in ms. */
  get still(): number {
    return performance.now() - this.#last;
  }

  toString(): string {
    const what = this.#before ? `contrast ${contrast(this.#before).toFixed(1)}` : 'no picture';
    return `${what}, moved by ${this.#most.toFixed(1)}`;
  }
}
