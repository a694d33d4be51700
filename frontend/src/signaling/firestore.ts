// Rooms in Cloud Firestore, as a Firebase Auth user. With the rules of
// build/firebase only a room's two participants read it; firestoreroom.ts has
// what is in it. Nothing here is loaded where the page has no Firebase settings.
//
//	create ── sign in ──▶ room            (written with its offer)
//	join ──── sign in ── read, claim ──▶ room
import { initializeApp, type FirebaseApp } from 'firebase/app';
import {
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  inMemoryPersistence,
  signInAnonymously,
  type Auth,
} from 'firebase/auth';
import {
  collection,
  connectFirestoreEmulator,
  doc,
  getDocFromServer,
  getDocsFromServer,
  getFirestore,
  runTransaction,
  writeBatch,
  type DocumentData,
  type DocumentReference,
  type Firestore,
} from 'firebase/firestore';
import { joinTimeout } from './firestorebounds.ts';
import { codeOf, within } from './firestoreerrors.ts';
import { hasDescription } from './firestorefields.ts';
import { Leftovers } from './firestoreleftovers.ts';
import { type Member } from './firestoremember.ts';
import { FirestoreRoom } from './firestoreroom.ts';
import type { FirebaseSettings } from './firestoresettings.ts';
import { SignalingError, type Invite, type Room, type Signaler } from './signaling.ts';

export class FirestoreSignaler implements Signaler {
  readonly #db: Firestore;
  /** Missing where the rules are open. */
  readonly #auth: Auth | undefined;
  readonly #leftovers: Leftovers;
  /** App Check has its token, where the project uses it. */
  readonly #checked: Promise<void> | undefined;
  /** Who we are where nobody signs in. */
  readonly #guest = newRoomID();

  constructor(settings: FirebaseSettings, app = openApp(settings), checked?: Promise<void>) {
    const { projectId } = settings;
    this.#checked = checked;
    this.#auth = settings.auth === 'none' ? undefined : openAuth(app, settings.authEmulator);
    this.#leftovers = new Leftovers(projectId);
    this.#db = getFirestore(app);
    const emulator = settings.firestoreEmulator;
    if (emulator !== undefined) {
      const [host = '', port] = emulator.split(':');
      connectFirestoreEmulator(this.#db, host, Number(port));
    }
  }

  async create(abort?: AbortSignal): Promise<Room> {
    const member = await this.#signIn(abort);
    const ref = doc(this.#db, 'rooms', newRoomID());
    return new FirestoreRoom(ref, 'caller', member);
  }

  async join(invite: Invite, abort?: AbortSignal): Promise<Room> {
    const member = await this.#signIn(abort);
    const ref = doc(this.#db, 'rooms', invite.room);
    const claim = this.#claim(ref, member.uid).then(
      (data) => new FirestoreRoom(ref, 'callee', member, data),
    );
    try {
      return await within('join the room', claim, joinTimeout);
    } catch (thrown) {
      // A claim that goes through all the same would keep the seat for nobody.
      claim.then((room) => room.leave()).catch(() => undefined);
      throw thrown;
    }
  }

  /** Takes the callee's seat. Of two who try at once, one finds it taken. */
  async #claim(ref: DocumentReference, uid: string): Promise<DocumentData> {
    let read = false as boolean; // set while the transaction runs
    try {
      return await runTransaction(this.#db, async (transaction) => {
        const room = await transaction.get(ref);
        read = true;
        if (!room.exists()) throw notFound();
        const data = room.data();
        const { callerUid, calleeUid } = data as { callerUid?: unknown; calleeUid?: unknown };
        if (callerUid === uid) throw new SignalingError('own_room', 'this room was made here');
        const taken = typeof calleeUid === 'string' && calleeUid !== uid;
        if (taken || hasDescription(data['answer'])) throw full();
        if (calleeUid !== uid) transaction.update(ref, { calleeUid: uid });
        return data;
      });
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === 'aborted') throw full(); // it lost the race
      if (code !== 'permission-denied' && code !== 'not-found') throw thrown;
      // It may have changed since it was read: a room that is not shown to us is there.
      const room = read ? await getDocFromServer(ref).catch(() => undefined) : undefined;
      const now = room?.data();
      if (room && !now) throw notFound();
      if (now && typeof now['calleeUid'] !== 'string') throw thrown;
      // Open rules refuse only what has expired. The others show a room that
      // is taken to its two alone, and do not say which of both it is.
      throw this.#auth ? full() : new SignalingError('room_expired', 'the room has expired');
    }
  }

  async #signIn(abort?: AbortSignal): Promise<Member> {
    if (this.#checked) await within('check the app', this.#checked);
    const auth = this.#auth;
    const keep = (id: string): (() => void) => this.#leftovers.keep(id);
    if (!auth) {
      this.#sweep();
      return { uid: this.#guest, keep };
    }
    await within('sign in', auth.authStateReady());
    const known = auth.currentUser;
    const user = known ?? (await within('sign in', signInAnonymously(auth))).user;
    if (abort?.aborted === true) throw new SignalingError('unreachable', 'given up');
    this.#sweep();
    return {
      uid: user.uid,
      // A new token tells the time of Firebase's clock; who has just signed in has one.
      askTime: async () => {
        const { issuedAtTime } = await user.getIdTokenResult(known !== null);
        const ahead = Date.parse(issuedAtTime) - performance.now();
        return () => ahead + performance.now();
      },
      keep,
    };
  }

  /** Whenever a room is opened: what cannot be deleted now, as offline, is the next time. */
  #sweep(): void {
    this.#leftovers
      .sweep((id) => this.#remove(id))
      .catch((thrown: unknown) => console.warn('old rooms were not deleted:', thrown));
  }

  /**
   * Deletes a room of ours that was left behind, and what is in it where that can still be read. A
   * refusal is final: the user that made the room is no more, and it expires by itself.
   */
  async #remove(id: string): Promise<void> {
    const ref = doc(this.#db, 'rooms', id);
    const batch = writeBatch(this.#db);
    for (const name of ['callerCandidates', 'calleeCandidates']) {
      // Not from the cache, which without a network would say that there are none.
      const found = await getDocsFromServer(collection(ref, name)).catch(unlessDenied);
      found?.docs.forEach((d) => batch.delete(d.ref));
    }
    batch.delete(ref);
    await batch.commit().catch(unlessDenied);
  }
}

// Crockford's base32, as in backend/signaling/roomid.go: 12 characters are 60 bits.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const newRoomID = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => alphabet[b % 32]).join('');

const notFound = (): SignalingError => new SignalingError('room_not_found', 'no such room');

/** What was refused is undefined; other errors go on. */
function unlessDenied(thrown: unknown): undefined {
  if (codeOf(thrown) !== 'permission-denied') throw thrown;
}

const full = (): SignalingError => new SignalingError('room_full', 'the seat is taken');

/**
 * The same anonymous user each time where the browser keeps data: Firebase makes
 * 100 an hour for one address. Without a popup resolver, no script of Google's
 * is loaded.
 */
function openAuth(app: FirebaseApp, emulator: string | undefined): Auth {
  const auth = initializeAuth(app, {
    persistence: [indexedDBLocalPersistence, inMemoryPersistence],
  });
  if (emulator !== undefined) {
    connectAuthEmulator(auth, `http://${emulator}`, { disableWarnings: true });
  }
  return auth;
}

/**
 * With App Check, which proves to Firebase that this page asks, where the project wants it. That
 * comes first: Auth asks Firebase about a user it has kept as soon as it is made.
 */
export async function openFirestore(settings: FirebaseSettings): Promise<FirestoreSignaler> {
  const app = openApp(settings);
  const { appCheckKey } = settings;
  if (appCheckKey === undefined) return new FirestoreSignaler(settings, app);
  const { getToken, initializeAppCheck, ReCaptchaEnterpriseProvider } =
    await import('firebase/app-check');
  const provider = new ReCaptchaEnterpriseProvider(appCheckKey);
  const check = initializeAppCheck(app, { provider, isTokenAutoRefreshEnabled: true });
  // Without a token the services decide: they may not insist on one.
  const checked = getToken(check).then(
    () => undefined,
    (thrown: unknown) => console.warn('App Check:', thrown),
  );
  return new FirestoreSignaler(settings, app, checked);
}

function openApp({ projectId, apiKey, authDomain, appId }: FirebaseSettings): FirebaseApp {
  return initializeApp({
    projectId,
    ...(apiKey !== undefined && { apiKey }),
    ...(authDomain !== undefined && { authDomain }),
    ...(appId !== undefined && { appId }),
  });
}
