// Our candidates on their way into a room. Firestore bills each document, so few
// are written:
//
//	alone in the room ────▶ into the offer, together, and less and less often
//	with the other side ──▶ a document at once; what comes later shares the next ones
//	connected ────────────▶ none any more
//
// An old client reads one candidate in a document: for it each has its own. What the other
// side reads it tells in its answer, which may take long. Until then they share documents,
// and what it has not read of them is written again.
import {
  doc,
  writeBatch,
  type CollectionReference,
  type DocumentReference,
  type Timestamp,
} from 'firebase/firestore';
import * as bound from './firestorebounds.ts';
import { closed, signalingError, within } from './firestoreerrors.ts';
import { candidateFields, numbered, pack } from './firestorefields.ts';
import { SignalingError, type Candidate } from './signaling.ts';

/** What the room knows. */
export interface Facts {
  /** Our description is in the room. */
  described: boolean;
  /** Whether the offer, which nobody has read as far as we know, takes a candidate. */
  folds: (c: Candidate) => boolean;
  /** The other side has its seat, as far as we know. */
  seated: boolean;
  /** It has not told yet what it reads. */
  unknown: boolean;
  /** It reads several candidates in a document. */
  packs: boolean;
  /** It is an old client, which read the offer whenever it liked. */
  plain: boolean;
  expireAt: Timestamp | undefined;
}

interface Waiting {
  candidate: Candidate;
  resolve: () => void;
  reject: (error: SignalingError) => void;
}

type Step = 'fold' | 'trickle';

export class Outbox {
  /** The documents that we know to be in the room. */
  readonly written: DocumentReference[] = [];
  /** When the newest may have come to the database, in ms; Infinity: it is on its way. */
  wroteAt = -Infinity;

  #waiting: Waiting[] = [];
  /** When the first of them came, in ms. */
  #since = 0;
  #taken = 0;
  #running = false;
  #wake = (): void => undefined;

  /** What is in the offer, and how often it was put there. */
  #folded: Candidate[] = [];
  #folds = 0;
  /** What is in a document behind another, for who may read the first alone. */
  #behind: Candidate[] = [];
  #unfold = false;
  /** Commits of documents since our last description, and when the last began, in ms. */
  #commits = 0;
  #committed = -Infinity;
  /** The project's rules want a document for each candidate. */
  #single = false;
  #settled = false;
  #over = false;

  constructor(
    private readonly ours: CollectionReference,
    private readonly uid: string,
    private readonly facts: () => Facts,
    /** Writes candidates into the offer; false where somebody has come meanwhile. */
    private readonly intoOffer: (some: Candidate[]) => Promise<boolean>,
  ) {}

  add(candidate: Candidate): Promise<void> {
    if (this.#over) return Promise.reject(closed());
    if (this.#settled) return Promise.resolve();
    if (++this.#taken > bound.maxCandidates) {
      return Promise.reject(new SignalingError('too_many', 'too many candidates'));
    }
    return new Promise((resolve, reject) => this.#put({ candidate, resolve, reject }));
  }

  /** What the room knows has changed. */
  look(): void {
    this.#wake();
    void this.#run();
  }

  /** No candidate that is not written yet is needed. */
  settle(): void {
    this.#settled = true;
    this.#waiting.splice(0).forEach((w) => w.resolve());
    this.look();
  }

  /** Those of a new description follow. */
  renew(): void {
    this.#settled = false;
    this.#commits = 0;
  }

  close(): void {
    this.#over = true;
    this.#waiting.splice(0).forEach((w) => w.reject(closed()));
    this.look();
  }

  #put(w: Waiting): void {
    if (this.#waiting.length === 0) this.#since = performance.now();
    this.#waiting.push(w);
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    await Promise.resolve(); // what comes in one go is written in one
    for (let next = this.#next(); next; next = this.#next()) {
      const ms = next.at - performance.now();
      if (ms > 0) await this.#pause(ms);
      else if (next.step === 'fold') await this.#fold();
      else await this.#trickle();
    }
    this.#running = false;
  }

  /** What is to be done with those that wait, and when, in ms. */
  #next(): { step: Step; at: number } | undefined {
    const { described, folds, seated, unknown, packs, plain } = this.facts();
    if (plain) this.#again(this.#folded);
    if (!unknown && !packs) this.#again(this.#behind);
    if (this.#over || !described || this.#waiting.length === 0) return undefined;
    if (!this.#unfold && this.#waiting.every((w) => folds(w.candidate))) {
      return { step: 'fold', at: this.#since + bound.foldAfter * 2 ** this.#folds };
    }
    const pause = this.#together() ? bound.pauseAfter(this.#commits) : 0;
    // Before it has answered, the other side can do nothing with them.
    const answer = seated && unknown ? this.#since + bound.foldAfter : 0;
    return { step: 'trickle', at: Math.max(this.#committed + pause, answer) };
  }

  /** Several go into a document. */
  #together(): boolean {
    const { unknown, packs } = this.facts();
    return (unknown || packs) && !this.#single;
  }

  /** These have not been read. */
  #again(some: Candidate[]): void {
    if (this.#settled) return;
    const nobody = (): void => undefined;
    for (const candidate of some.splice(0)) {
      this.#waiting.push({ candidate, resolve: nobody, reject: nobody });
    }
  }

  /** Waits, for no longer than until the facts have changed. */
  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      this.#wake = resolve;
    });
    clearTimeout(timer);
  }

  async #fold(): Promise<void> {
    const some = [...this.#waiting];
    const candidates = some.map((w) => w.candidate);
    try {
      if (!(await this.intoOffer(candidates))) return;
    } catch (thrown) {
      console.warn('candidates go beside the offer:', thrown);
      this.#unfold = true;
      return;
    }
    this.#folds++;
    this.#folded.push(...candidates);
    this.#waiting = this.#waiting.filter((w) => !some.includes(w));
    this.#since = performance.now();
    some.forEach((w) => w.resolve());
  }

  async #trickle(): Promise<void> {
    const { expireAt } = this.facts();
    const some = this.#waiting.splice(0, bound.maxBatch);
    const together = this.#together();
    const batch = writeBatch(this.ours.firestore);
    const documents = pack(
      some.map((w) => w.candidate),
      together,
    );
    for (const candidates of documents) {
      const ref = doc(this.ours, numbered(doc(this.ours).id, this.written.length));
      this.written.push(ref);
      batch.set(ref, candidateFields(candidates, this.uid, expireAt));
    }
    this.#commits++;
    this.#committed = performance.now();
    try {
      await within('add candidates', this.#noting(batch.commit()));
      this.#behind.push(...documents.flatMap(([, ...behind]) => behind));
      some.forEach((w) => w.resolve());
    } catch (thrown) {
      const error = signalingError('add candidates', thrown);
      if (error.code === 'refused' && together && !this.#over) {
        this.#single = true; // the project's rules are older than this page
        this.#waiting.unshift(...some);
      } else some.forEach((w) => w.reject(error));
    }
  }

  /** Follows a commit, also past the time that anybody waits for it. */
  async #noting(commit: Promise<void>): Promise<void> {
    this.wroteAt = Infinity;
    try {
      await commit;
    } finally {
      this.wroteAt = performance.now();
    }
  }
}
