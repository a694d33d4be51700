/** Keeps the screen on, where the browser can. */
export class Wake {
  #lock: WakeLockSentinel | undefined;
  #wanted = false;
  #queue = Promise.resolve();

  constructor() {
    // The browser lets go whenever the page is hidden.
    document.addEventListener('visibilitychange', () => this.#settle());
  }

  want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#settle();
  }

  /** One after the other: a lock that comes when the call is over is let go. */
  #settle(): void {
    this.#queue = this.#queue.then(async () => {
      try {
        if (!this.#wanted) {
          await this.#lock?.release();
          this.#lock = undefined;
        } else if (
          document.visibilityState === 'visible' &&
          'wakeLock' in navigator &&
          this.#lock?.released !== false
        ) {
          this.#lock = await navigator.wakeLock.request('screen');
        }
      } catch {
        // A battery that is low refuses; the call goes on.
      }
    });
  }
}
