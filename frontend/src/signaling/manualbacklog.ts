/** Events from the beginning, to a listener that may come later. */
export class Backlog<Event> {
  #waiting: Event[] = [];
  #listener: ((event: Event) => void) | undefined;
  #over = false;

  push(event: Event): void {
    if (this.#over) return;
    if (this.#listener) this.#listener(event);
    else this.#waiting.push(event);
  }

  listen(listener: (event: Event) => void): void {
    this.#listener = listener;
    for (const event of this.#waiting.splice(0)) this.push(event);
  }

  /** Nothing comes any more. */
  end(): void {
    this.#over = true;
  }
}
