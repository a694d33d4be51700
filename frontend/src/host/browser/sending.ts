// What follows from a call's reports for what we send.
import { Pausing } from './pausing.ts';
import type { Peer } from './peer.ts';
import { redFirst, Redundancy } from './redundancy.ts';
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
    const pays = this.#redundancy.pays(report);
    return this.peer.revise((theirs, ours) => redFirst(theirs, ours, pays));
  }
}
