// A Firebase project of a test's own: rooms in the Firestore emulator behind
// real rules, users of a stand-in for Firebase Auth, and the phone page hosted.
import { inject, type TestContext } from 'vitest';
import { loopback } from './cli.js';
import { Emulator, needsEmulator, rulesFile } from './emulator.js';
import { FakeAuth } from './fakeauth.js';
import { Hosting } from './hosting.js';
import { needs } from './needs.js';
import { chromiumPath } from './chromium.js';
import { until, type Cleanup } from './process.js';

export class Site {
  private constructor(
    readonly emulator: Emulator,
    readonly project: string,
    readonly users: FakeAuth,
    readonly hosting: Hosting,
    /** Behind the rules for old clients, nobody signs in. */
    readonly open: boolean,
  ) {}

  /**
   * An emulator that is the test's own can really end; the others share one. A
   * user's tokens last for the lifetime, in s.
   */
  static async start(
    context: TestContext,
    cleanup: Cleanup,
    { open = false, own = false, lifetime = 3600 } = {},
  ): Promise<Site> {
    needs(context, chromiumPath, 'Chromium');
    needsEmulator(context);
    const emulator = own ? await Emulator.start(cleanup) : await sharedEmulator(cleanup);
    const project = await emulator.project(rulesFile(open ? 'firestore.dev.rules' : undefined));
    const users = await FakeAuth.start(cleanup, project, lifetime);
    const hosting = await Hosting.start(cleanup, {
      projectId: project,
      apiKey: 'demo-key',
      ...(open && { auth: 'none' }),
      firestoreEmulator: emulator.host,
      authEmulator: users.host,
    });
    return new Site(emulator, project, users, hosting, open);
  }

  /** What makes the desktop use this project. */
  get env(): NodeJS.ProcessEnv {
    return {
      PARLEY_SIGNALING: 'firestore',
      PARLEY_FIREBASE_PROJECT: this.project,
      PARLEY_FIREBASE_API_KEY: 'demo-key',
      PARLEY_FIREBASE_AUTH: this.open ? 'none' : 'anonymous',
      PARLEY_FIREBASE_PAGE: this.hosting.origin,
      PARLEY_FIRESTORE_EMULATOR: this.emulator.host,
      PARLEY_AUTH_EMULATOR: this.users.host,
    };
  }

  /** Only this machine's own interface. */
  get args(): string[] {
    return loopback;
  }
}

/** A door of the test's own to the emulator of this run (oneemulator.ts). */
export function sharedEmulator(cleanup: Cleanup): Promise<Emulator> {
  return Emulator.at(cleanup, inject('emulator'));
}

/** Waits until nothing is left in the database. */
export async function empty({ emulator, project }: Site): Promise<void> {
  const left = async (): Promise<string[]> =>
    (await emulator.documents(project)).map(({ path }) => path);
  await until('an empty database', async () => (await left()).length === 0).catch(
    async (error: unknown) => {
      throw new Error(`${String(error)}: ${(await left()).join()}`, { cause: error });
    },
  );
}
