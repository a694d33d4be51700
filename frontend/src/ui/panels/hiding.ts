// When what floats over a call's picture goes, and when it comes back.

/** How long after the last sign of a user, in ms. */
export const patience = 4_000;

export interface Watched {
  /** Something keeps it: a finger or a pointer, the keyboard's focus, an open panel, a notice. */
  held(): boolean;
  /** It is to be seen, or no longer. */
  show(shown: boolean): void;
}

/** Hides once nothing was heard of a user for a while, and nothing holds it. */
export class Hiding {
  #shown = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly watched: Watched) {
    this.#wait();
  }

  get shown(): boolean {
    return this.#shown;
  }

  /** The user moved, pressed or was told something. */
  wake(): void {
    this.#set(true);
    this.#wait();
  }

  /** The user wants it gone at once. */
  hide(): void {
    if (this.watched.held()) this.#wait();
    else this.#set(false);
  }

  /** Something may have come that holds it. */
  look(): void {
    if (!this.#shown && this.watched.held()) this.wake();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#set(true);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), patience);
  }

  #set(shown: boolean): void {
    if (!shown) clearTimeout(this.#timer);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.watched.show(shown);
  }
}
