// How a seat hears its room: by a listener to the room's document, and one to
// the other side's candidates once it is there. What they tell is not relied on:
//
//	one has begun ──── 3 s ───▶ alone, we ask the room; else both begin anew,
//	                            doubled, until the two are connected
//	one has ended ──── 1 s ───▶ we ask the room, and both begin anew, doubled
//	the service, asked each 5 s, answers again ▶ the SDK connects anew, and both begin anew
//
// The SDK itself may be long in noticing that a service is back. Its transport
// tries a broken stream again at once, 5 to 15 s later, and 10 to 30 s after
// that, and tells nobody meanwhile. An outage of less than 5 s ends before the
// second try; a longer one we notice.
import {
  disableNetwork,
  enableNetwork,
  onSnapshot,
  runTransaction,
  type CollectionReference,
  type DocumentReference,
  type DocumentSnapshot,
  type QuerySnapshot,
} from 'firebase/firestore';
import * as bound from './firestorebounds.ts';
import { signalingError, within } from './firestoreerrors.ts';

export interface Heard {
  room: (room: DocumentSnapshot) => void;
  candidates: (candidates: QuerySnapshot) => void;
  /** Asks the room itself, until it answers. */
  ask: () => Promise<void>;
}

export class Listening {
  readonly #room: DocumentReference;
  readonly #theirs: CollectionReference;
  readonly #heard: Heard;

  #stops: (() => void)[] = [];
  /** The other side has its seat. */
  #met = false;
  #over = false;
  #doubt: ReturnType<typeof setTimeout> | undefined;
  /** The service did not answer, or the SDK says so. */
  #away = false;
  #asking: ReturnType<typeof setTimeout> | undefined;
  /** How long a listener that ended rests, in ms; undefined while one does. */
  #rest: number | undefined = bound.lookAgainAfter;

  constructor(room: DocumentReference, theirs: CollectionReference, heard: Heard) {
    this.#room = room;
    this.#theirs = theirs;
    this.#heard = heard;
  }

  begin(): void {
    this.#listen();
    this.#askIn(bound.askAfter);
  }

  #listen(): void {
    const see = (room: DocumentSnapshot): void => this.#see(room);
    // That the SDK has lost the service is a change of metadata, and no read.
    const how = { includeMetadataChanges: true };
    this.#stops.push(onSnapshot(this.#room, how, see, () => void this.#lost()));
    if (this.#met) this.#beginCandidates();
  }

  /** The other side has its seat: from now on there may be candidates of its. */
  meet(): void {
    this.#met = true;
    if (this.#stops.length > 0) this.#beginCandidates();
    clearTimeout(this.#doubt);
    this.#doubtIn(bound.doubtAfter);
  }

  /** The two are connected: what was missed is not needed. */
  settle(): void {
    clearTimeout(this.#doubt);
  }

  /** Firestore waits for up to a minute between its tries; a new network begins anew. */
  redial(): void {
    const db = this.#room.firestore;
    disableNetwork(db)
      .then(() => enableNetwork(db))
      .catch((thrown: unknown) => console.warn('connect to Firestore again:', thrown));
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#asking);
    clearTimeout(this.#doubt);
    this.#stops.splice(0).forEach((stop) => stop());
  }

  #beginCandidates(): void {
    const { candidates } = this.#heard;
    this.#stops.push(onSnapshot(this.#theirs, candidates, () => void this.#lost()));
  }

  #beginAnew(): void {
    if (this.#over) return;
    this.#stops.splice(0).forEach((stop) => stop());
    if (!this.#met) {
      clearTimeout(this.#doubt);
      this.#doubt = undefined;
    }
    this.#listen();
  }

  #see(room: DocumentSnapshot): void {
    this.#away = room.metadata.fromCache;
    // What is not in the cache may well be in the room.
    if (!room.exists() && this.#away) return;
    // An old client's answer, all that tells of it, may come as the listener begins.
    if (!this.#met) this.#doubt ??= setTimeout(() => void this.#heard.ask(), bound.doubtAfter);
    this.#heard.room(room);
  }

  /** Begins to listen anew after a while, unless the two are connected. */
  #doubtIn(ms: number): void {
    this.#doubt = setTimeout(() => {
      this.#beginAnew();
      this.#doubtIn(2 * ms);
    }, ms);
  }

  #askIn(ms: number): void {
    this.#asking = setTimeout(() => void this.#askService(), ms);
  }

  /** Asks by an empty commit, which costs no document and goes past the SDK's streams. */
  async #askService(): Promise<void> {
    const { firestore } = this.#room;
    const commit = runTransaction(firestore, () => Promise.resolve(), { maxAttempts: 1 });
    const answers = await within('ask Firestore', commit).then(
      () => true,
      (thrown: unknown) => signalingError('', thrown).code !== 'unreachable',
    );
    if (this.#over) return;
    const isBack = answers && this.#away;
    this.#away = !answers;
    if (isBack) {
      this.#beginAnew();
      this.redial();
    }
    this.#askIn(isBack ? bound.redialAfter : bound.askAfter);
  }

  /**
   * A listener ended, as the service does with one that it refuses: the room
   * itself says whether it is over. If it is not, the listeners begin anew.
   */
  async #lost(): Promise<void> {
    const rest = this.#rest;
    if (rest === undefined) return;
    this.#rest = undefined;
    await this.#heard.ask();
    await new Promise((again) => setTimeout(again, rest));
    this.#rest = Math.min(2 * rest, bound.longestRest);
    this.#beginAnew();
  }
}
