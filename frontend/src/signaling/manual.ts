// Signaling without any server: the users carry codes. The same behaviour as
// backend/signaling/manual, which draws it.
import { Backlog } from './manualbacklog.ts';
import { pack, unpack } from './manualcode.ts';
import {
  SignalingError,
  type Candidate,
  type Description,
  type Invite,
  type Role,
  type Room,
  type RoomEvent,
  type Signaler,
} from './signaling.ts';

/** How long a code waits for candidates, in ms. */
const gathering = 2_000;
/** How long an offer waits for its answer, in ms. */
const life = 10 * 60_000;
/** By how much two people's clocks may differ, in ms. */
const skew = 15 * 60_000;
const maxApart = 200;

export class ManualSignaler implements Signaler {
  /** The sums of our own offers, while their rooms are open. */
  readonly #own = new Set<number>();

  create(): Promise<Room> {
    return Promise.resolve(new ManualRoom('caller', this.#own));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous
  async join(invite: Invite): Promise<Room> {
    const offer = unpack(invite.code ?? '');
    if (offer.description.type !== 'offer') {
      throw bad('it answers one; enter it where that call was begun');
    }
    if (this.#own.has(offer.sum)) throw new SignalingError('own_room', 'this is your own code');
    const age = Date.now() - offer.stamp * 60_000;
    if (age > life + skew || age < -skew) {
      throw new SignalingError('room_expired', 'the code is too old, or a clock is wrong');
    }
    const room = new ManualRoom('callee', this.#own, offer.sum, invite.code);
    room.tell({ type: 'presence', present: true });
    room.tell({ type: 'description', description: offer.description });
    return room;
  }
}

const bad = (why: string) => new SignalingError('bad_code', `not a call code: ${why}`);
const refused = (why: string) => new SignalingError('refused', why);

class ManualRoom implements Room {
  readonly #events = new Backlog<RoomEvent>();
  #ours: Description | undefined;
  #candidates: Candidate[] = [];
  #made = false;
  #answered = false;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly role: Role,
    private readonly own: Set<number>,
    /** The offer's sum and code; of our own once it is made. */
    private offer?: number,
    private code = '',
  ) {}

  get invite(): Invite {
    return { room: '', server: '', fingerprint: '', code: this.code };
  }

  listen(listener: (event: RoomEvent) => void): void {
    this.#events.listen(listener);
  }

  tell(event: RoomEvent): void {
    if (!this.#over) this.#events.push(event);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous
  async sendDescription(d: Description): Promise<void> {
    if (this.#over) throw new SignalingError('room_closed', 'the call is over');
    if (this.#ours) throw refused('a code carries one description');
    if (d.type !== (this.role === 'caller' ? 'offer' : 'answer')) {
      throw new SignalingError('bad_message', `the ${this.role} does not begin with an ${d.type}`);
    }
    pack(d, [], 0); // is it too large?
    this.#ours = d;
    if (d.sdp.includes('a=end-of-candidates') || this.#candidates.at(-1)?.candidate === '') {
      this.#make(d);
    } else this.#timer = setTimeout(() => this.#make(d), gathering);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous
  async sendCandidate(c: Candidate): Promise<void> {
    if (this.#over) throw new SignalingError('room_closed', 'the call is over');
    if (this.#made) {
      if (c.candidate === '') return;
      throw refused('the code is made');
    }
    if (this.#candidates.length === maxApart) throw new SignalingError('too_many', 'candidates');
    this.#candidates.push(c);
    if (this.#ours && c.candidate === '') this.#make(this.#ours);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous
  async takeCode(code: string): Promise<void> {
    const answer = unpack(code);
    if (this.role !== 'caller' || !this.#made || this.#answered) {
      throw refused('no answer is waited for');
    }
    if (this.#over) throw new SignalingError('room_expired', 'the call that it answers is over');
    if (answer.description.type === 'offer') {
      throw bad(
        answer.sum === this.offer
          ? 'it is your own; enter the one that the other side shows'
          : 'the other side has begun a call of its own; one of you has to join the other’s',
      );
    }
    if (answer.stamp !== this.offer) {
      throw new SignalingError('room_expired', 'the code answers another call than this one');
    }
    this.#answered = true;
    clearTimeout(this.#timer);
    this.tell({ type: 'presence', present: true });
    this.tell({ type: 'description', description: answer.description });
  }

  leave(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#events.end();
    if (this.role === 'caller' && this.offer !== undefined) this.own.delete(this.offer);
    return Promise.resolve();
  }

  #make(d: Description): void {
    if (this.#made || this.#over) return;
    clearTimeout(this.#timer);
    const caller = this.role === 'caller';
    const stamp = caller ? Math.floor(Date.now() / 60_000) : (this.offer ?? 0);
    let made: ReturnType<typeof pack>;
    try {
      made = pack(d, this.#candidates, stamp);
    } catch {
      this.#close('too_large'); // the candidates were too much
      return;
    }
    this.#made = true;
    if (caller) {
      this.code = made.code;
      this.offer = made.sum;
      this.own.add(made.sum);
      this.#timer = setTimeout(() => this.#close('room_expired'), life);
    }
    this.tell({ type: 'code', code: made.code });
  }

  #close(code: 'too_large' | 'room_expired'): void {
    this.tell({ type: 'closed', code });
    this.#over = true;
    if (this.offer !== undefined) this.own.delete(this.offer);
  }
}
