// The official Cloud Firestore emulator, on a free port of 127.0.0.1: what
// backend/signaling/firestore/emulator is for Go tests.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'vitest';
import { Program, until, type Cleanup } from './process.js';

const mainClass = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const jarName = 'cloud-firestore-emulator.jar';
// It is up in 2 s on an idle machine. The bound is for a busy one.
const startWithin = 90_000;

const jar = findJar();
const java = onPath('java');
export const hasEmulator = Boolean(jar && java);
// The kernel then ends Java with the test runner, however that ends.
const setpriv = onPath('setpriv');

/** Skips the test where there is no emulator; fails where PARLEY_REQUIRE_EMULATOR asks for it. */
export function needsEmulator(context: TestContext): void {
  if (hasEmulator) return;
  const why = `the Firestore emulator was not found: ${jar ? 'no java' : `no ${jarName}`}`;
  if (process.env['PARLEY_REQUIRE_EMULATOR'] === '1') throw new Error(why);
  context.task.meta.note = why;
  context.skip(why);
}

/** The text of build/firebase/firestore.rules, or of another file there. */
export function rulesFile(name = 'firestore.rules'): string {
  return readFileSync(join(import.meta.dirname, '../../../build/firebase', name), 'utf8');
}

/** A document past all rules: its path below the database and its fields in REST's form. */
export interface StoredDocument {
  path: string;
  fields: Record<string, unknown>;
}

/**
 * A port that leads to another one while it is open. What stands before an
 * emulator that restarts keeps clients out until it has its documents again.
 */
class Door {
  port = 0;
  #server: Server | undefined;
  readonly #open = new Set<Socket>();

  async open(to: number): Promise<void> {
    const server = createServer((from) => {
      const there = connect(to, '127.0.0.1');
      for (const [socket, other] of [
        [from, there],
        [there, from],
      ] as const) {
        this.#open.add(socket);
        socket
          .on('error', () => other.destroy())
          .on('close', () => {
            this.#open.delete(socket);
            other.destroy();
          });
        socket.pipe(other);
      }
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async shut(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

export class Emulator {
  #program: Program | undefined;
  readonly #door = new Door();
  readonly #rules = new Map<string, string>();
  #saved = new Map<string, StoredDocument[]>();

  private constructor(
    /** Java's own, past the door: another one each time it starts. */
    public port: number,
    readonly cleanup: Cleanup,
    /** The test's own: an outage ends Java as well. */
    readonly own: boolean,
  ) {}

  static async start(cleanup: Cleanup): Promise<Emulator> {
    const emulator = new Emulator(0, cleanup, true);
    await emulator.#launch();
    await emulator.#openDoor();
    return emulator;
  }

  /** Another door to the Java at this port: an outage is one for those behind this door alone. */
  static async at(cleanup: Cleanup, port: number): Promise<Emulator> {
    const emulator = new Emulator(port, cleanup, false);
    await emulator.#openDoor();
    return emulator;
  }

  async #openDoor(): Promise<void> {
    await this.#door.open(this.port);
    this.cleanup.defer(() => this.#door.shut());
  }

  /** Where clients find it: host:port. */
  get host(): string {
    return `127.0.0.1:${this.#door.port}`;
  }

  /** What it has said so far. */
  get log(): string {
    return this.#program?.output ?? '';
  }

  async #launch(): Promise<void> {
    if (!jar || !java) throw new Error('the Firestore emulator was not found');
    // Between asking for a free port and Java taking it, somebody else may.
    for (let left = 2; ; left--) {
      this.port = await freePort();
      const program = this.#java(jar, java);
      this.#program = program;
      try {
        // Its own words first: a stranger's server may have the port.
        await program.line(
          (line) => line.includes('is now running') || undefined,
          'readiness',
          startWithin,
        );
        break;
      } catch (thrown) {
        if (left === 0 || program.exitCode === undefined) throw thrown;
      }
    }
    await until('the emulator answering', () => this.#answers(), startWithin);
    await this.#warm();
  }

  #java(jar: string, java: string): Program {
    // It lives for seconds: compiling it well costs more than it saves.
    const args = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    args.push('-Duser.language=en', '-cp', jar, mainClass);
    args.push('--host=127.0.0.1', `--port=${this.port}`);
    return setpriv
      ? new Program(setpriv, ['--pdeathsig', 'KILL', java, ...args], this.cleanup)
      : new Program(java, args, this.cleanup);
  }

  /** The first requests of a new process take seconds, for which a client may not wait. */
  async #warm(): Promise<void> {
    const project = await this.project(rulesFile());
    this.#rules.delete(project);
    await this.put(project, { path: 'rooms/x', fields: {} });
    const room = `http://127.0.0.1:${this.port}/v1/${root(project)}/rooms/x`;
    await fetch(room, { signal: AbortSignal.timeout(30_000) }); // the rules refuse it
    await this.delete(project, 'rooms/x');
  }

  async #answers(): Promise<true | undefined> {
    return fetch(`http://127.0.0.1:${this.port}/`).then(
      (response) => response.ok || undefined,
      () => undefined,
    );
  }

  /** A new, empty project with these rules. */
  async project(rules: string): Promise<string> {
    const project = `demo-e2e-${randomUUID().slice(0, 8)}`;
    await this.setRules(project, rules);
    return project;
  }

  async setRules(project: string, rules: string): Promise<void> {
    const files = [{ name: 'firestore.rules', content: rules }];
    await this.#admin('PUT', `/emulator/v1/projects/${project}:securityRules`, {
      rules: { files },
    });
    this.#rules.set(project, rules);
  }

  /** An outage: connections break, new ones are refused. restart() brings back what it held. */
  async stop(): Promise<void> {
    await this.#door.shut();
    if (this.own) {
      for (const project of this.#rules.keys())
        this.#saved.set(project, await this.documents(project));
    }
    await this.#program?.stop();
    this.#program = undefined;
  }

  /** The end of an outage: the same port for clients, the same rules, and the same documents where they are kept. */
  async restart(kept: 'kept' | 'gone' = 'kept'): Promise<void> {
    if (this.own) await this.#launch();
    for (const [project, rules] of this.#rules) await this.setRules(project, rules);
    for (const [project, documents] of kept === 'kept' ? this.#saved : []) {
      for (const document of documents) await this.put(project, document);
    }
    this.#saved.clear();
    await this.#door.open(this.port);
  }

  /** All of a project's documents, also those whose room is gone. */
  async documents(project: string): Promise<StoredDocument[]> {
    const rows = (await this.#admin('POST', `/v1/${root(project)}:runQuery`, {
      structuredQuery: { from: [{ allDescendants: true }] },
    })) as { document?: { name: string; fields?: Record<string, unknown> } }[];
    return rows.flatMap(({ document }) =>
      document
        ? {
            path: document.name.slice(root(project).length + 1),
            fields: document.fields ?? {},
          }
        : [],
    );
  }

  /** How many documents a project holds. */
  async count(project: string): Promise<number> {
    return (await this.documents(project)).length;
  }

  /** Writes a document past the rules. */
  async put(project: string, { path, fields }: StoredDocument): Promise<void> {
    const name = `${root(project)}/${path}`;
    await this.#commit(project, { update: { name, fields } });
  }

  /** Deletes a document past the rules, as the TTL policy does: what is below it stays. */
  async delete(project: string, path: string): Promise<void> {
    await this.#commit(project, { delete: `${root(project)}/${path}` });
  }

  async #commit(project: string, write: unknown): Promise<void> {
    await this.#admin('POST', `/v1/${root(project)}:commit`, { writes: [write] });
  }

  async #admin(method: string, path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`emulator: ${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

const root = (project: string): string => `projects/${project}/databases/(default)/documents`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(':')
    .map((dir) => join(dir, name))
    .find((path) => existsSync(path));
}

/** Where the variable says, then where Debian's package, a gcloud SDK and firebase-tools put it. */
function findJar(): string | undefined {
  const named = process.env['PARLEY_FIRESTORE_EMULATOR_JAR'];
  if (named) return existsSync(named) ? named : undefined;
  return [...debianJars(), ...sdkJars(), ...firebaseToolsJars()].find((path) => existsSync(path));
}

function debianJars(): string[] {
  try {
    const list = execFileSync('dpkg', ['-L', 'google-cloud-cli-firestore-emulator'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return list.split('\n').filter((path) => basename(path) === jarName);
  } catch {
    return []; // no dpkg, or no such package
  }
}

function sdkJars(): string[] {
  const gcloud = onPath('gcloud');
  const roots = [process.env['CLOUDSDK_ROOT_DIR'] ?? ''];
  if (gcloud) roots.push(dirname(dirname(realpathSync(gcloud))));
  return roots
    .filter((dir) => dir !== '')
    .map((dir) => join(dir, 'platform/cloud-firestore-emulator', jarName));
}

function firebaseToolsJars(): string[] {
  const dir = join(homedir(), '.cache/firebase/emulators');
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => /^cloud-firestore-emulator-v.*\.jar$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(dir, name));
}
