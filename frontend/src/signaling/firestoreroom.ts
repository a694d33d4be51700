// One seat in a room of Cloud Firestore, in the schema that browser and Flutter
// clients of WebRTC share; what is ours they do not know, and leave alone.
//
//	rooms/{id}  offer, answer {type, sdp}, createdAt
//	            ours: expireAt, callerUid, calleeUid,
//	            callerUpdate, calleeUpdate {n, type, sdp}: the newest later description
//	rooms/{id}/callerCandidates/*, calleeCandidates/*
//	            candidate, sdpMid, sdpMLineIndex, usernameFragment?; ours: expireAt, uid, more
//
// Firestore bills each document: what is known goes into few writes
// (firestorecandidates.ts), and a room is deleted by whoever hangs up.
import {
  collection,
  getDocs,
  runTransaction,
  serverTimestamp,
  setDoc,
  Timestamp,
  updateDoc,
  waitForPendingWrites,
  type CollectionReference,
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  type QuerySnapshot,
  type Transaction,
} from 'firebase/firestore';
import * as bound from './firestorebounds.ts';
import { closed, signalingError, within } from './firestoreerrors.ts';
import { Outbox } from './firestorecandidates.ts';
import { Listening } from './firestorelistening.ts';
import { deleteAll, type Member } from './firestoremember.ts';
import {
  candidatesOf,
  hasAll,
  hasDescription,
  hasPlace,
  isTaken,
  isUpdate,
  packs,
  withCandidates,
} from './firestorefields.ts';
import {
  SignalingError,
  type Candidate,
  type Description,
  type Invite,
  type Role,
  type Room,
  type RoomEvent,
} from './signaling.ts';

export class FirestoreRoom implements Room {
  readonly role: Role;
  readonly invite: Invite;

  readonly #ref: DocumentReference;
  readonly #member: Member;
  readonly #other: Role;
  readonly #outbox: Outbox;
  readonly #theirs: CollectionReference;
  readonly #listening: Listening;

  /** Our first description was sent; it is in the room; the answer is. */
  #described = false;
  #inRoom = false;
  #answered = false;
  /** Ours, as it stands in the room. */
  #offer = '';
  /** Whether the other side reads several candidates in a document, and is a client of the plain schema. */
  #them = { packs: false, plain: false };
  /** The two are connected. */
  #settled = false;
  #looking = false;
  #noAnswer: ReturnType<typeof setTimeout> | undefined;
  /** The other side was seen in its seat. */
  #present = false;
  #heardFirst = false;
  /** The numbers of the last updates, sent and heard. */
  #sent = 0;
  #heard = 0;

  /** The documents of their candidates that we know of. */
  readonly #read = new Map<string, DocumentReference>();

  /** Firebase's, on its way from when a caller sits down, as the offer is made. */
  readonly #clock: Promise<() => number> | undefined;
  #expireAt: Timestamp | undefined;
  /** When expireAt was last seen to change, on the monotonic clock in ms. */
  #renewedAt = 0;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  #unheard: RoomEvent[] = [];
  #listener: ((event: RoomEvent) => void) | undefined;
  #over = false;
  /** The room is not ours to delete later. */
  #forget = (): void => undefined;
  #left: Promise<void> | undefined;

  /** As callee the seat is claimed, and data is what the room held then. */
  constructor(ref: DocumentReference, role: Role, member: Member, data?: DocumentData) {
    this.role = role;
    this.#other = role === 'caller' ? 'callee' : 'caller';
    this.#ref = ref;
    this.#member = member;
    this.#outbox = new Outbox(
      collection(ref, `${role}Candidates`),
      member.uid,
      () => ({
        described: this.#inRoom,
        folds: (c) => this.role === 'caller' && !this.#present && hasPlace(this.#offer, c),
        seated: this.#present,
        unknown: !this.#heardFirst,
        ...this.#them,
        expireAt: this.#expireAt,
      }),
      (some) => this.#fold(some),
    );
    this.#theirs = collection(ref, `${this.#other}Candidates`);
    this.#listening = new Listening(ref, this.#theirs, {
      room: (room) => this.#see(room),
      candidates: (found) => this.#seeCandidates(found),
      ask: () => this.#look(),
    });
    this.invite = { room: ref.id, server: location.origin, fingerprint: '' };
    if (data) {
      this.#watch(data);
      return;
    }
    this.#clock = member.askTime?.();
    this.#clock?.catch(() => undefined); // told when the room is written
  }

  listen(listener: (event: RoomEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#unheard.splice(0)) listener(event);
  }

  async sendDescription(description: Description): Promise<void> {
    const { type, sdp } = description;
    if (this.#over) throw closed();
    if (new TextEncoder().encode(sdp).length > bound.maxSDP) {
      throw new SignalingError('too_large', 'the description is too large');
    }
    if (this.#answered) {
      this.#settled = false;
      this.#outbox.renew();
      const update = { n: ++this.#sent, type, sdp };
      await within('update the room', updateDoc(this.#ref, { [`${this.role}Update`]: update }));
      return;
    }
    if (this.#described || type !== (this.role === 'caller' ? 'offer' : 'answer')) {
      throw new SignalingError('refused', 'a room takes one offer and one answer');
    }
    this.#described = true;
    if (this.role === 'caller') {
      await within('create the room', this.#write(description));
      this.#watch();
    } else {
      await within('answer', this.#answer({ type, sdp }));
    }
    this.#inRoom = true;
    this.#outbox.look();
  }

  sendCandidate(candidate: Candidate): Promise<void> {
    // The other side cannot connect to an active TCP candidate, only hear of it
    // (RFC 6544, section 4.5): not worth a write.
    if (/ tcptype active( |$)/.test(candidate.candidate)) return Promise.resolve();
    return this.#outbox.add(candidate);
  }

  settled(): void {
    this.#settled = true;
    this.#listening.settle();
    this.#outbox.settle();
  }

  redial(): void {
    this.#listening.redial();
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    this.#listener = undefined;
    // The caller's room is there once its offer was sent.
    const exists = !this.#over && (this.role === 'callee' || this.#described);
    this.#close();
    if (!exists) return;
    try {
      await within('leave', this.#delete(), bound.leaveTimeout);
      this.#forget();
    } catch (thrown) {
      // It was deleted under us, or expires by itself.
      console.warn('the room was not deleted:', thrown);
    }
  }

  /**
   * Deletes the room with all that is in it, once: when both hang up, the second
   * finds it gone, and a delete of what is gone is billed too.
   */
  async #delete(): Promise<void> {
    const db = this.#ref.firestore;
    await waitForPendingWrites(db); // what is on its way would stay behind
    let theirs = [...this.#read.values()];
    if (this.#present && !hasAll(theirs)) {
      // Not for long: after an outage the SDK may listen again only in a minute.
      const all = within('look for candidates', getDocs(this.#theirs), bound.leaveTimeout / 2);
      theirs = await all.then(({ docs }) => docs.map((d) => d.ref)).catch(() => theirs);
    }
    const gone = await runTransaction(db, async (transaction) => {
      const room = await transaction.get(this.#ref);
      if (!room.exists()) return true;
      for (const ref of [...this.#outbox.written, ...theirs, this.#ref].slice(-bound.maxDeletes)) {
        transaction.delete(ref);
      }
      return false;
    });
    if (gone) await this.#deleteLate();
  }

  /** What the other side may not have heard of when it deleted what it knew. */
  async #deleteLate(): Promise<void> {
    if (performance.now() - this.#outbox.wroteAt < bound.lookLate)
      await deleteAll(this.#ref.firestore, this.#outbox.written);
  }

  /** Makes the room, with its offer. */
  async #write(offer: Description): Promise<void> {
    this.#forget = this.#member.keep(this.#ref.id);
    const now = (await this.#clock) ?? Date.now;
    if (this.#over) throw closed();
    this.#expireAt = Timestamp.fromMillis(now() + bound.lifetime);
    await setDoc(this.#ref, {
      offer: { type: offer.type, sdp: offer.sdp },
      createdAt: serverTimestamp(),
      expireAt: this.#expireAt,
      callerUid: this.#member.uid,
    });
    this.#offer = offer.sdp;
  }

  /** In a transaction, which is one request; the SDK's stream of writes would have to open first. */
  #answer(answer: Description): Promise<void> {
    return runTransaction(this.#ref.firestore, (transaction) => {
      transaction.update(this.#ref, { answer });
      return Promise.resolve();
    });
  }

  /**
   * Writes candidates into the offer: one document in the place of many, and
   * quicker for who joins. False where somebody has come, or the room is gone.
   */
  async #fold(some: Candidate[]): Promise<boolean> {
    const sdp = withCandidates(this.#offer, some);
    const change = async (transaction: Transaction): Promise<DocumentData | undefined> => {
      const room = await transaction.get(this.#ref);
      const data = room.data();
      if (data && !isTaken(data)) transaction.update(this.#ref, { offer: { type: 'offer', sdp } });
      return data;
    };
    // Whoever comes in between waits for no second try: then they go beside the offer.
    const write = runTransaction(this.#ref.firestore, change, { maxAttempts: 1 });
    const data = await within('add candidates to the offer', write);
    if (data && !isTaken(data)) {
      this.#offer = sdp;
      return true;
    }
    if (data) this.#learn(data);
    else this.#hearLeft();
    return false;
  }

  /** Begins to listen; as callee, data is what the room held when it was claimed. */
  #watch(data?: DocumentData): void {
    if (this.#over) return;
    if (data) {
      // Whoever made the room sits in it.
      this.#meet();
      this.#learn(data);
    } else this.#renewed();
    this.#listening.begin();
  }

  #see(room: DocumentSnapshot): void {
    if (room.exists()) this.#learn(room.data());
    else if (this.#settled) this.#hearLeft();
    else void this.#look();
  }

  /**
   * Asks the room itself, until it answers. The emulator may tell a listener that
   * begins beside a commit that the document is not there, or nothing of the commit.
   */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    while (!this.#over && !(await this.#looked())) {
      await new Promise((again) => setTimeout(again, bound.lookAgainAfter));
    }
    this.#looking = false;
  }

  async #looked(): Promise<boolean> {
    const look = runTransaction(this.#ref.firestore, (t) => t.get(this.#ref));
    try {
      const room = await within('look at the room', look);
      if (room.exists()) this.#learn(room.data());
      else this.#hearLeft();
      return true;
    } catch (thrown) {
      const { code } = signalingError('', thrown);
      if (code === 'refused') this.#end({ type: 'closed', code: 'room_expired' });
      return code === 'refused';
    }
  }

  #learn(data: DocumentData): void {
    const { expireAt } = data as { expireAt?: unknown };
    if (expireAt instanceof Timestamp && expireAt.toMillis() !== this.#expireAt?.toMillis()) {
      this.#expireAt = expireAt;
      this.#renewed();
    }
    this.#answered ||= hasDescription(data['answer']);
    if (isTaken(data)) this.#meet();
    const first: unknown = data[this.role === 'caller' ? 'answer' : 'offer'];
    if (!this.#heardFirst && hasDescription(first)) {
      this.#heardFirst = true;
      const plain = typeof data[`${this.#other}Uid`] !== 'string';
      this.#them = { packs: packs(first.sdp), plain };
      this.#outbox.look();
      const type = this.role === 'caller' ? 'answer' : 'offer';
      this.#tell({ type: 'description', description: { type, sdp: first.sdp } });
    }
    const update: unknown = data[`${this.#other}Update`];
    if (isUpdate(update) && update.n > this.#heard) {
      this.#heard = update.n;
      const { type, sdp } = update;
      this.#tell({ type: 'description', description: { type, sdp } });
    }
  }

  /** The other side has its seat: from now on there may be candidates of its. */
  #meet(): void {
    if (this.#present || this.#over) return;
    this.#present = true;
    this.#tell({ type: 'presence', present: true });
    this.#listening.meet();
    this.#outbox.look();
    void this.#renew();
    if (!this.#answered && this.role === 'caller') {
      this.#noAnswer = setTimeout(() => this.#abandon(), bound.answerWithin);
    }
  }

  /** Nobody else can take the seat of a callee that does not answer. */
  #abandon(): void {
    if (this.#answered) return;
    this.#delete().then(this.#forget, () => undefined);
    this.#end({ type: 'closed', code: 'room_expired' });
  }

  #seeCandidates(candidates: QuerySnapshot): void {
    for (const { type, doc: found } of candidates.docChanges()) {
      // After a break the same document may be added again.
      if (type !== 'added' || this.#read.has(found.id)) continue;
      if (this.#read.size >= bound.maxCandidates) return;
      this.#read.set(found.id, found.ref);
      for (const candidate of candidatesOf(found.data())) {
        this.#tell({ type: 'candidate', candidate });
      }
    }
  }

  #hearLeft(): void {
    this.#deleteLate().catch(() => undefined); // after what is on its way: the SDK keeps the order
    this.#forget();
    this.#end({ type: 'left' });
  }

  /** The room's time begins anew. The wall clock has no part in it: it may be wrong. */
  #renewed(): void {
    this.#renewedAt = performance.now();
    clearTimeout(this.#renewal);
    clearTimeout(this.#expiry);
    if (this.#over) return;
    this.#renewal = setTimeout(() => void this.#renew(), bound.renewAfter[this.role]);
    this.#expiry = setTimeout(() => {
      // What has expired can be deleted, but not read.
      deleteAll(this.#ref.firestore, [...this.#outbox.written, this.#ref]).catch(() => undefined);
      this.#end({ type: 'closed', code: 'room_expired' });
    }, bound.lifetime);
  }

  /** Keeps the room of two while they are in it; an invite that nobody took ends. */
  async #renew(): Promise<void> {
    const passed = performance.now() - this.#renewedAt;
    if (this.#over || !this.#present || !this.#expireAt || passed < bound.renewAfter[this.role])
      return;
    const expireAt = Timestamp.fromMillis(this.#expireAt.toMillis() + passed);
    try {
      await within('renew the room', updateDoc(this.#ref, { expireAt }));
    } catch (thrown) {
      console.warn('the room was not renewed:', thrown);
    }
  }

  #tell(event: RoomEvent): void {
    if (this.#over) return;
    if (this.#listener) this.#listener(event);
    else this.#unheard.push(event);
  }

  #end(event: RoomEvent): void {
    if (this.#over) return;
    this.#tell(event);
    this.#close();
  }

  #close(): void {
    this.#over = true;
    clearTimeout(this.#noAnswer);
    clearTimeout(this.#renewal);
    clearTimeout(this.#expiry);
    this.#listening.close();
    this.#outbox.close();
  }
}
