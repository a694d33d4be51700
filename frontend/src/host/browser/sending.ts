// What follows from a call's reports for what we send.
import { Pausing } from './pausing.ts';
import type { Peer } from './peer.ts';
import { Redundancy } from './redundancy.ts';
import type { Report } from './stats.ts';

export class Sending {
  readonly #redundancy = new Redundancy();
  readonly #pausing = new Pausing();

  constructor(
    private readonly peer: Peer,
    /** Whether the way is too weak for our picture. */
    private readonly paused: (paused: boolean) => void,
  ) {}

  look(report: Report): Promise<void> {
    this.paused(this.#pausing.needed(report));
    return this.peer.protect(this.#redundancy.pays(report));
  }
}
