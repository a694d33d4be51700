// The other side's files in a call.
import { isOver, type FileProblem, type HandedFile } from '../../../model/chat.ts';
import type { Desk, FileEntry } from './give.ts';
import { safeName } from './name.ts';
import { Sha256 } from './sha256.ts';
import { NoSpace, openSink, type Sink } from './store.ts';
import { maxSize, type Message, type Piece } from './wire.ts';

/** A file of the other side's. Those that are over stay, to be answered again. */
interface Taken {
  id: number;
  entry: FileEntry;
  size: number;
  got: number;
  /** Not there before our user took it, and when it is over. */
  sink?: Sink;
  hash: Sha256;
  /** What was asked for, where a piece was missing before one that came. */
  asked: boolean;
  /** Bytes that are not written yet. */
  queued: number;
  writes: Promise<void>;
}

const maxOpen = 10; // that wait for an answer
const maxQueued = 4 << 20; // bytes

export class Taking {
  readonly #files = new Map<number, Taken>();
  #last = 0;

  constructor(
    private readonly desk: Desk,
    private readonly open: (size: number) => Promise<Sink> = openSink,
    /** Gives the file to the user, and where the page has it. */
    private readonly save: (file: Blob, name: string) => string,
  ) {}

  hear(m: Message): void {
    if (!('id' in m)) return;
    const taken = this.#files.get(m.id);
    if (m.type === 'offer') this.#offered(m, taken);
    else if (m.type === 'end' && taken) this.#after(taken, () => this.#finish(taken, m.sha256));
    else if (m.type === 'cancel' && taken && !isOver(file(taken)))
      this.#end(taken, m.why ? { state: 'failed', problem: m.why } : { state: 'cancelled' });
  }

  piece({ id, offset, bytes }: Piece): void {
    const taken = this.#files.get(id);
    if (!taken?.sink) return;
    if (offset + bytes.length > taken.size || taken.queued > maxQueued) {
      this.#refuse(taken, 'damaged');
      return;
    }
    if (offset > taken.got) {
      if (!taken.asked) this.#say('accept', taken);
      taken.asked = true;
      return;
    }
    if (offset < taken.got) {
      this.#say('ack', taken);
      return;
    }
    const { sink } = taken;
    taken.got += bytes.length;
    taken.queued += bytes.length;
    taken.asked = false;
    const got = taken.got;
    this.#after(taken, async () => {
      taken.hash.update(bytes);
      await sink.write(bytes);
      taken.queued -= bytes.length;
      if (!taken.sink) return;
      this.desk.set(taken.entry, { bytes: got });
      this.desk.tell({ type: 'ack', id: taken.id, offset: got });
    });
  }

  /** Takes, or does not, the file of an entry; tells whether one waits for that. */
  async answer(entry: number, take: boolean): Promise<boolean> {
    const taken = this.#of(entry);
    if (!taken || file(taken).state !== 'offered') return false;
    if (!take) {
      this.#end(taken, { state: 'declined' });
      this.desk.tell({ type: 'decline', id: taken.id });
      return true;
    }
    this.desk.set(taken.entry, { state: 'moving' });
    try {
      const sink = await this.open(taken.size);
      if (isOver(file(taken))) await sink.drop();
      else {
        taken.sink = sink;
        this.#say('accept', taken);
      }
    } catch (e) {
      if (!isOver(file(taken)))
        this.#refuse(taken, e instanceof NoSpace ? 'no_space' : 'no_folder');
    }
    return true;
  }

  cancel(entry: number): boolean {
    const taken = this.#of(entry);
    if (!taken || isOver(file(taken))) return false;
    this.#end(taken, { state: 'cancelled' });
    this.desk.tell({ type: 'decline', id: taken.id });
    return true;
  }

  close(): void {
    for (const taken of this.#files.values())
      if (!isOver(file(taken))) this.#end(taken, { state: 'failed', problem: 'call_over' });
  }

  #offered(m: Message & { type: 'offer' }, known: Taken | undefined): void {
    if (known) {
      this.#again(known);
      return;
    }
    if (m.id <= this.#last) return;
    this.#last = m.id;
    const waiting = [...this.#files.values()].filter((t) => file(t).state === 'offered').length;
    const why = m.size > maxSize ? 'too_large' : waiting >= maxOpen ? 'too_many' : undefined;
    if (why) {
      this.desk.tell({ type: 'decline', id: m.id, why });
      return;
    }
    const entry = this.desk.add(false, {
      name: safeName(m.name),
      size: m.size,
      bytes: 0,
      state: 'offered',
    });
    const writes = Promise.resolve();
    const hash = new Sha256();
    const { id, size } = m;
    this.#files.set(id, { id, entry, size, got: 0, hash, asked: false, queued: 0, writes });
  }

  /** Says how it stands with a file that is offered through a new channel. */
  #again(taken: Taken): void {
    const { state, problem } = file(taken);
    if (state === 'moving') {
      if (taken.sink) this.#say('accept', taken);
    } else if (state === 'done') this.desk.tell({ type: 'done', id: taken.id });
    else if (state !== 'offered') this.desk.tell({ type: 'decline', id: taken.id, why: problem });
  }

  async #finish(taken: Taken, sum: string): Promise<void> {
    const { sink, hash, entry, id } = taken;
    if (!sink) {
      this.#again(taken);
      return;
    }
    if (taken.got < taken.size) {
      this.#say('accept', taken);
      return;
    }
    if (hash.digest() !== sum) {
      this.#refuse(taken, 'damaged');
      return;
    }
    const whole = await sink.finish();
    delete taken.sink;
    if (isOver(file(taken))) return;
    const url = this.save(whole, entry.file.name);
    this.desk.set(entry, { state: 'done', bytes: taken.size, url });
    this.desk.tell({ type: 'done', id });
  }

  /** Does the next thing with a file once those before are done. */
  #after(taken: Taken, next: () => Promise<void>): void {
    taken.writes = taken.writes.then(next).catch((e: unknown) => {
      console.warn('a file was not saved:', e);
      if (isOver(file(taken))) return;
      const full = e instanceof DOMException && e.name === 'QuotaExceededError';
      this.#refuse(taken, full ? 'no_space' : 'no_folder');
    });
  }

  #refuse(taken: Taken, why: FileProblem): void {
    this.#end(taken, { state: 'failed', problem: why });
    this.desk.tell({ type: 'decline', id: taken.id, why });
  }

  #end(taken: Taken, how: Partial<HandedFile>): void {
    this.desk.set(taken.entry, how);
    const { sink } = taken;
    delete taken.sink;
    // Once what is being written is.
    void taken.writes
      .then(() => sink?.drop())
      .catch((e: unknown) => console.warn('a leftover:', e));
  }

  #say(type: 'accept' | 'ack', { id, got }: Taken): void {
    this.desk.tell({ type, id, offset: got });
  }

  #of(entry: number): Taken | undefined {
    return [...this.#files.values()].find((t) => t.entry.id === entry);
  }
}

const file = (t: Taken): HandedFile => t.entry.file;
