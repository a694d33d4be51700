// When a connection that broke is looked for anew (ICE restart): the same rules
// as the Go side's (backend/call/restart.go). All times in ms.

import type { Room } from '../../signaling/signaling.ts';

/** Of silence: the old way may come back by itself. */
const after = 1_000;
/** After an offer is in the room, or was answered; it doubles, up to the limit. */
const again = 3_000;
const limit = 15_000;
/** Between two changes of the network; it grows by that. */
const rest = 500;
/** The silence of a room that says something each second, and how long its end is waited out. */
const dark = 1_250;
const darkAgain = 500;
/** Without a connection; then only the user or the network begins again. */
const most = 12;

export class Restarts {
  #tries = 0;
  #last = -Infinity;
  #until = -Infinity;
  #gone = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Needed tells whether an offer has a use; gone, that the way is though the browser does not see it yet. */
  constructor(
    private readonly needed: (gone: boolean) => boolean,
    private readonly offer: () => void,
    private readonly room: Pick<Room, 'heard' | 'redial'> = {},
  ) {}

  /** The connection broke. */
  broke(): void {
    this.#plan(after);
  }

  /** It is back. */
  found(): void {
    this.stop();
    this.#tries = 0;
    this.#until = -Infinity;
    this.#gone = false;
  }

  /** Our network changed: what it was is not waited for. */
  changed(): void {
    this.#tries = Math.min(this.#tries, most - 1);
    this.#until = this.#last + rest * this.#tries;
    this.#gone = true;
    this.#plan(0);
  }

  /** The user lets the other side be waited for. */
  anew(): void {
    this.#tries = 0;
    this.#until = -Infinity;
    this.#plan(0);
  }

  /** An offer of ours is in the room. */
  offered(): void {
    if (this.#tries > 0) this.#giveTime(Math.min(again * 2 ** (this.#tries - 1), limit));
  }

  /** An offer of the other side was answered. */
  answered(): void {
    this.#giveTime(again);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #giveTime(ms: number): void {
    this.#until = Date.now() + ms;
    this.#plan(ms);
  }

  #plan(ms: number): void {
    this.stop();
    this.#timer = setTimeout(() => this.#begin(), Math.max(ms, this.#until - Date.now()));
  }

  #begin(): void {
    if (!this.needed(this.#gone) || this.#tries >= most) return;
    // The whole network is silent: an offer would only end the way that comes back with it,
    // if it is not another network by now.
    const { heard = Infinity } = this.room;
    if (this.#tries === 0 && !this.#gone && Date.now() - heard > dark) {
      this.#plan(darkAgain);
      this.room.redial?.(() => {
        const needed = this.needed(false);
        if (needed) this.changed();
        return needed;
      });
      return;
    }
    this.#gone = false;
    this.#tries++;
    this.#last = Date.now();
    this.offer();
    this.offered();
  }
}
