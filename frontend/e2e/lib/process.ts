// Programs that a test starts, and their end: whatever happens, nothing that
// was started here outlives the test.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** What is to be undone, last thing first. */
export class Cleanup {
  #tasks: (() => unknown)[] = [];

  defer(task: () => unknown): void {
    this.#tasks.push(task);
  }

  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) {
      try {
        await task();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'cleaning up');
  }

  /** A new folder, deleted at the end. */
  folder(): string {
    const dir = mkdtempSync(join(tmpdir(), 'parley-e2e-'));
    this.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
    return dir;
  }
}

/** A folder for what many tests use, deleted as this process ends. */
export const lasting = mkdtempSync(join(tmpdir(), 'parley-e2e-'));
process.once('exit', () => rmSync(lasting, { recursive: true, force: true }));

/** A test's own, for tests that run at once. */
export function cleanupOf(context: TestContext): Cleanup {
  const cleanup = new Cleanup();
  context.onTestFinished(() => cleanup.close());
  return cleanup;
}

// Each program leads a process group of its own, so that its children go with it.
const groups = new Set<number>();
process.on('exit', () => groups.forEach((pid) => signalGroup(pid, 'SIGKILL')));

export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // it is gone
  }
}

/** A running program whose output is kept, line by line. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #lines: string[] = []; // of standard error, and of standard output unless it is read as bytes
  readonly #waiting = new Set<() => void>();
  readonly exited: Promise<number | null>;
  exitCode: number | null | undefined; // undefined while it runs; null after a signal

  constructor(
    command: string,
    args: string[],
    cleanup: Cleanup,
    options: SpawnOptions & { bytes?: boolean } = {},
  ) {
    this.#name = command.replace(/.*\//, '');
    this.#child = spawn(command, args, { stdio: 'pipe', ...options, detached: true });
    this.exited = new Promise((resolve) => {
      const done = (code: number | null): void => {
        this.exitCode = code;
        this.#wake();
        resolve(code);
      };
      // "close": after the last of its output.
      this.#child.once('close', done);
      this.#child.once('error', (error) => {
        this.#lines.push(String(error));
        done(null);
      });
    });
    if (this.#child.pid !== undefined) groups.add(this.#child.pid);
    this.#collect(this.#child.stderr);
    if (!options.bytes) this.#collect(this.#child.stdout);
    cleanup.defer(() => this.stop());
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} did not start`);
    return this.#child.pid;
  }

  get stdin(): NodeJS.WritableStream {
    if (!this.#child.stdin) throw new Error(`${this.#name} has no standard input`);
    return this.#child.stdin;
  }

  get stdout(): NodeJS.ReadableStream {
    if (!this.#child.stdout) throw new Error(`${this.#name} has no standard output`);
    return this.#child.stdout;
  }

  get output(): string {
    return this.#lines.join('\n');
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.#lines.push(...lines);
      this.#wake();
    });
  }

  #wake(): void {
    this.#waiting.forEach((check) => check());
  }

  /** The first line, of all so far and to come, that find has an answer for. */
  line<T>(find: (line: string) => T | undefined, what: string, within = 60_000): Promise<T> {
    let next = 0;
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const fail = (why: string): void => {
        end();
        reject(new Error(`${this.#name}: no ${what}: ${why}; it said:\n${this.output}`));
      };
      const check = (): void => {
        while (next < this.#lines.length) {
          const found = find(this.#lines[next++] ?? '');
          if (found === undefined) continue;
          end();
          resolve(found);
          return;
        }
        if (this.exitCode !== undefined) fail(`it exited with ${this.exitCode ?? 'a signal'}`);
      };
      const timer = setTimeout(() => fail(`waited ${within} ms`), within);
      this.#waiting.add(check);
      check();
    });
  }

  /** Signals the program alone. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it and its children: asks first, then insists. */
  async stop(): Promise<void> {
    const pid = this.#child.pid;
    if (pid === undefined) return;
    if (this.exitCode === undefined) {
      signalGroup(pid, 'SIGCONT');
      signalGroup(pid, 'SIGTERM');
      const insist = setTimeout(() => signalGroup(pid, 'SIGKILL'), 3_000);
      await this.exited;
      clearTimeout(insist);
    }
    signalGroup(pid, 'SIGKILL');
    groups.delete(pid);
  }
}

/** Runs a program to its end and gives its standard output. */
export async function run(
  command: string,
  args: string[],
  options: SpawnOptions = {},
): Promise<Buffer> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${String(Buffer.concat(err))}`);
  return Buffer.concat(out);
}

/** Asks again and again until there is an answer. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  within = 60_000,
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
