// The rooms that this browser made and has not deleted. A page that is closed
// cannot delete its room any more, and neither can a phone that goes out: the
// next page of the same user does. Until then the rules hide what has expired.
//
// Whoever sits in a room holds a lock of its name, which ends with the page: so
// no tab sweeps what another one is using.

export class Leftovers {
  readonly #key: string;

  constructor(project: string) {
    this.#key = `parley-rooms-${project}`;
  }

  /** Remembers a room until the function it returns is called. */
  keep(id: string): () => void {
    let release = (): void => undefined;
    // The lock first: what is remembered without one, another tab may sweep.
    void locks()?.request(this.#lock(id), () => new Promise<void>((done) => (release = done)));
    this.#store([...this.#rooms(), id]);
    return () => {
      this.#store(this.#rooms().filter((other) => other !== id));
      release();
    };
  }

  /** Removes the rooms that no page is using. What cannot be removed is kept for the next time. */
  async sweep(remove: (id: string) => Promise<void>): Promise<void> {
    const swept = this.#rooms().map(async (id) => {
      await locks()?.request(this.#lock(id), { ifAvailable: true }, async (lock) => {
        if (!lock) return;
        await remove(id);
        this.#store(this.#rooms().filter((other) => other !== id));
      });
    });
    const failed = (await Promise.allSettled(swept)).find((s) => s.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #lock(id: string): string {
    return `${this.#key}-${id}`;
  }

  #rooms(): string[] {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(this.#key) ?? '[]');
      return Array.isArray(found) ? found.filter((id) => typeof id === 'string') : [];
    } catch {
      return []; // a browser that keeps nothing, or somebody else's text
    }
  }

  #store(ids: string[]): void {
    try {
      if (ids.length > 0) localStorage.setItem(this.#key, JSON.stringify(ids));
      else localStorage.removeItem(this.#key);
    } catch {
      // nothing is kept: the room expires
    }
  }
}

/** Missing in old browsers, and on pages that are not secure. */
const locks = (): LockManager | undefined => (navigator as Partial<Pick<Navigator, 'locks'>>).locks;
