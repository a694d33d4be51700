// Stands in for Firebase's SDK in tests: one database in memory for all users,
// with just the functions that rooms use. Put in place with vi.mock.

export type Data = Record<string, unknown>;
type Path = { path: string; id: string; firestore: Database };
type Op = 'get' | 'set' | 'update' | 'delete' | 'ask';
type Next = (s: unknown) => void;
type Fail = (error: Error) => void;
type Watch = {
  path: string;
  look: (how?: 'again' | 'blindly' | 'offline') => void;
  fail: Fail;
};

export class Timestamp {
  constructor(readonly ms: number) {}
  static fromMillis(ms: number): Timestamp {
    return new Timestamp(ms);
  }
  toMillis(): number {
    return this.ms;
  }
}

export class FirebaseError extends Error {
  override readonly name = 'FirebaseError';
  constructor(readonly code: string) {
    super(`said by the stand-in: ${code}`);
  }
}

/** What all users share. */
export class Server {
  readonly documents = new Map<string, Data>();
  readonly #watches = new Set<Watch>();
  /** Counts what Firestore would bill, and the commits it came in. */
  readonly count = { writes: 0, deletes: 0, commits: 0 };
  /** The rules: the code of the error for an operation, or nothing. */
  rules: (op: Op, path: string, data: Data | undefined) => string | undefined = () => undefined;
  /** No answer comes while it is false. */
  online = true;
  /** The listeners are not told of commits, as by the emulator where one begins meanwhile. */
  misses = false;
  /** Transactions end as where no connection can be made. */
  down = false;
  /** Listeners that begin are told that the service is away. */
  deaf = false;
  /** Commits are done, and no answer comes. */
  mute = false;
  /** They are told that a document is not there that is. */
  hides = false;
  /** How long a request and its answer are on their way, in ms. */
  trip = 0;
  /** Runs between a transaction's reading and its writing, once. */
  beside: (() => void) | undefined;
  #waiting: (() => void)[] = [];
  users = 0;
  /** How often a collection was read. */
  queries = 0;
  /** How often the network was taken up anew. */
  dials = 0;
  /** What was made of the SDK, in order. */
  readonly made: string[] = [];
  /** App Check's token comes, or does not. */
  token: () => Promise<unknown> = () => Promise.resolve({ token: 'of App Check' });
  /** The server's clock against ours, in ms. */
  skew = 0;

  reset(): void {
    Object.assign(this, new Server());
    this.documents.clear();
    this.#watches.clear();
    this.#waiting = [];
    Object.assign(this.count, { writes: 0, deletes: 0, commits: 0 });
    this.made.length = 0;
  }

  now(): number {
    return Date.now() + this.skew;
  }

  answers(): Promise<void> {
    return this.online ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What is half of a trip. */
  async way(): Promise<void> {
    if (this.trip > 0) await new Promise((there) => setTimeout(there, this.trip / 2));
  }

  comesBack(): void {
    this.online = true;
    this.#waiting.splice(0).forEach((go) => go());
  }

  allow(op: Op, path: string, data?: Data): void {
    const code = this.rules(op, path, data);
    if (code !== undefined) throw new FirebaseError(code);
  }

  /** Takes writes all together or not at all; undefined deletes. */
  commit(writes: { op: Op; path: string; data?: Data }[]): void {
    for (const { op, path, data } of writes) {
      this.allow(op, path, data);
      if (op === 'update' && !this.documents.has(path)) throw new FirebaseError('not-found');
    }
    this.count.commits++;
    for (const { op, path, data } of writes) {
      this.count[op === 'delete' ? 'deletes' : 'writes']++;
      if (op === 'delete') this.documents.delete(path);
      else this.documents.set(path, this.#resolved(op, path, data));
    }
    for (const watch of this.#watches) {
      if (writes.some(({ path }) => path === watch.path || parent(path) === watch.path)) {
        const how = this.misses ? 'blindly' : undefined;
        if (this.trip > 0) void this.way().then(() => watch.look(how));
        else watch.look(how);
      }
    }
  }

  watch(watch: Watch): () => void {
    this.#watches.add(watch);
    return () => this.#watches.delete(watch);
  }

  /** How many listeners there are. */
  get watching(): number {
    return this.#watches.size;
  }

  /** Tells the listeners on a path all of it again, as after a break of the connection. */
  repeat(path: string): void {
    for (const watch of this.#watches) if (watch.path === path) watch.look('again');
  }

  /** The SDK notices that the service is away, or is back. */
  tellAway(path: string, away: boolean): void {
    for (const watch of this.#watches)
      if (watch.path === path) watch.look(away ? 'offline' : undefined);
  }

  /** It is started anew, with its documents: those who listen are told nothing any more. */
  forget(): void {
    for (const watch of this.#watches) watch.look = () => undefined;
  }

  /** Ends the listeners on a path with an error. */
  break(path: string, code: string): void {
    for (const watch of this.#watches) {
      if (watch.path !== path) continue;
      this.#watches.delete(watch);
      watch.fail(new FirebaseError(code));
    }
  }

  inside(path: string): string[] {
    return [...this.documents.keys()].filter((p) => parent(p) === path);
  }

  #resolved(op: Op, path: string, data: Data | undefined): Data {
    const whole = { ...(op === 'update' ? this.documents.get(path) : {}), ...data };
    for (const [key, value] of Object.entries(whole)) {
      if (value === serverTime) whole[key] = new Timestamp(this.now());
    }
    return whole;
  }
}

export const server = new Server();
const parent = (path: string): string => path.slice(0, path.lastIndexOf('/'));
const serverTime = Symbol('server time');

interface Database {
  uid: string;
}

const at = (path: string, firestore: Database): Path => ({
  path,
  id: path.slice(path.lastIndexOf('/') + 1),
  firestore,
});

function snapshot(ref: Path, fromCache = false) {
  const data = server.documents.get(ref.path);
  return {
    id: ref.id,
    ref,
    exists: () => data !== undefined,
    data: () => data,
    metadata: { fromCache },
  };
}

async function write(writes: { op: Op; path: string; data?: Data }[]): Promise<void> {
  await server.answers();
  await server.way();
  server.commit(writes);
  await server.way();
  if (server.mute) await new Promise(() => undefined);
}

const inside = (ref: Path) =>
  server.inside(ref.path).map((path) => ({ ref: at(path, ref.firestore) }));

let named = 0;

export const firestore = {
  Timestamp,
  serverTimestamp: () => serverTime,
  getFirestore: (app: Database) => app,
  connectFirestoreEmulator: () => undefined,
  waitForPendingWrites: () => server.answers(),
  disableNetwork: () => Promise.resolve(),
  enableNetwork: () => Promise.resolve(server.dials++),
  doc: (from: Path | Database, ...names: string[]) =>
    'path' in from
      ? at(`${from.path}/${names[0] ?? `auto${named++}`}`, from.firestore)
      : at(names.join('/'), from),
  collection: (ref: Path, name: string) => at(`${ref.path}/${name}`, ref.firestore),
  setDoc: (ref: Path, data: Data) => write([{ op: 'set', path: ref.path, data }]),
  updateDoc: (ref: Path, data: Data) => write([{ op: 'update', path: ref.path, data }]),
  writeBatch: () => {
    const writes: { op: Op; path: string; data?: Data }[] = [];
    return {
      set: (ref: Path, data: Data) => void writes.push({ op: 'set', path: ref.path, data }),
      delete: (ref: Path) => void writes.push({ op: 'delete', path: ref.path }),
      commit: () => write(writes),
    };
  },
  runTransaction: async (
    _: Database,
    body: (t: {
      get: (ref: Path) => Promise<ReturnType<typeof snapshot>>;
      update: (ref: Path, data: Data) => void;
      delete: (ref: Path) => void;
    }) => Promise<unknown>,
  ) => {
    await server.answers();
    if (server.down) throw new FirebaseError('unavailable');
    for (;;) {
      const writes: { op: Op; path: string; data?: Data }[] = [];
      const read = new Map<string, Data | undefined>();
      const result = await body({
        get: async (ref) => {
          await server.way();
          const data = server.documents.get(ref.path);
          server.allow('get', ref.path, data);
          read.set(ref.path, data);
          const found = snapshot(ref);
          await server.way();
          return found;
        },
        update: (ref, data) => void writes.push({ op: 'update', path: ref.path, data }),
        delete: (ref) => void writes.push({ op: 'delete', path: ref.path }),
      });
      const asks = read.size === 0 && writes.length === 0;
      if (asks) server.allow('ask', '');
      if (asks || writes.length > 0) await server.way();
      const { beside } = server;
      server.beside = undefined;
      beside?.();
      // What was read has changed: once more, as Firestore does.
      if ([...read].some(([path, data]) => server.documents.get(path) !== data)) continue;
      if (writes.length > 0) server.commit(writes);
      if (asks || writes.length > 0) await server.way();
      return result;
    }
  },
  getDocFromServer: async (ref: Path) => {
    await server.answers();
    server.allow('get', ref.path, server.documents.get(ref.path));
    return snapshot(ref);
  },
  /** Without a network it is what the cache has: nothing. */
  getDocs: (ref: Path) => {
    server.queries++;
    return Promise.resolve({ docs: server.online ? inside(ref) : [] });
  },
  getDocsFromServer: async (ref: Path) => {
    if (!server.online) throw new FirebaseError('unavailable');
    server.allow('get', ref.path);
    return Promise.resolve({ docs: inside(ref) });
  },
  onSnapshot: (ref: Path, ...rest: [...options: [object] | [], Next, Fail]) => {
    const [next, fail] = rest.slice(-2) as [Next, Fail];
    const isDocument = ref.path.split('/').length % 2 === 0;
    const known = new Set<string>();
    const look: Watch['look'] = (how) => {
      if (isDocument) {
        const seen = server.hides ? at('-/-', ref.firestore) : ref;
        if (how !== 'blindly') next(snapshot(seen, how === 'offline'));
        return;
      }
      if (how === 'again') known.clear();
      const found = server.inside(ref.path).filter((path) => !known.has(path));
      found.forEach((path) => known.add(path));
      if (how === 'blindly') return;
      next({
        metadata: { fromCache: false },
        docChanges: () =>
          found.map((path) => ({ type: 'added', doc: snapshot(at(path, ref.firestore)) })),
      });
    };
    // As the SDK does: what the cache has, which is nothing, may come first.
    if (isDocument && (!server.online || server.deaf))
      queueMicrotask(() => next(snapshot(at('-/-', ref.firestore), true)));
    let stopped = false;
    const unwatch = server.watch({ path: ref.path, look, fail });
    void server
      .answers()
      .then(() => server.way())
      .then(() => server.way())
      .then(() => stopped || server.deaf || look());
    return () => {
      stopped = true;
      unwatch();
    };
  },
};

export const app = { initializeApp: () => ({ uid: '' }) };

export const auth = {
  indexedDBLocalPersistence: {},
  inMemoryPersistence: {},
  connectAuthEmulator: () => undefined,
  initializeAuth: () => {
    server.made.push('auth');
    return { authStateReady: () => Promise.resolve(), currentUser: null as unknown };
  },
  signInAnonymously: async (held: { currentUser: unknown }) => {
    await server.answers();
    await server.way();
    await server.way();
    const user = {
      uid: `user${++server.users}`,
      getIdTokenResult: () =>
        Promise.resolve({ issuedAtTime: new Date(server.now()).toUTCString() }),
    };
    held.currentUser = user;
    return { user };
  },
};

export const appCheck = {
  ReCaptchaEnterpriseProvider: class {
    constructor(readonly key: string) {}
  },
  initializeAppCheck: (_: unknown, { provider }: { provider: { key: string } }) => {
    server.made.push(`app check ${provider.key}`);
  },
  getToken: () => server.token(),
};
