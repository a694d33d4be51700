// Our files in a call, one after the other, read a block at a time.
import { isOver, type Entry, type FileProblem, type HandedFile } from '../../../model/chat.ts';
import { safeName } from './name.ts';
import { Pace, type Supply } from './pace.ts';
import { Sha256 } from './sha256.ts';
import { encodePiece, maxSize, type Message } from './wire.ts';

export type FileEntry = Entry & { file: HandedFile };

/** What both halves of a chat work with. */
export interface Desk {
  add(mine: boolean, file: HandedFile): FileEntry;
  /** Shows how it stands with an entry's file now. */
  set(e: FileEntry, file: Partial<HandedFile>): void;
  tell(m: Message): void;
}

/** A file of ours. */
interface Given {
  id: number;
  entry: FileEntry;
  file: File;
  /** Since the channel is there. */
  accepted: boolean;
  next: number;
  /** The most that was ever sent. */
  told: number;
  acked: number;
  hash: Sha256;
  hashed: number;
  sum?: string;
  ended: boolean;
  flying: { end: number; at: number; busy: boolean }[];
  moved: number;
  block: { start: number; bytes: Uint8Array<ArrayBuffer> };
}

const stalledAfter = 120_000; // ms
const look = 100; // ms
const blockSize = 1 << 20; // bytes
const supplyEvery = 500; // ms
export const maxGiven = 20;

export class Giving {
  #files: Given[] = [];
  #offered = 0;
  #channel: RTCDataChannel | undefined;
  #pace = new Pace(performance.now());
  #looked = -Infinity;
  #running = false;
  #wake: () => void = () => undefined;

  constructor(
    private readonly desk: Desk,
    private readonly supply: () => Promise<Supply>,
  ) {}

  offer(file: File): void {
    const entry = this.desk.add(true, {
      name: safeName(file.name),
      size: file.size,
      bytes: 0,
      state: 'offered',
    });
    if (file.size > maxSize) {
      this.desk.set(entry, { state: 'failed', problem: 'too_large' });
      return;
    }
    if (this.#files.length >= maxGiven) {
      this.desk.set(entry, { state: 'failed', problem: 'too_many' });
      return;
    }
    const given: Given = {
      id: ++this.#offered,
      entry,
      file,
      accepted: false,
      next: 0,
      told: 0,
      acked: 0,
      hash: new Sha256(),
      hashed: 0,
      ended: false,
      flying: [],
      moved: 0,
      block: { start: 0, bytes: new Uint8Array() },
    };
    this.#files.push(given);
    if (this.#channel) this.#sayOffer(given);
  }

  /** Goes on through a channel whose other end speaks; the answers say from where. */
  use(channel: RTCDataChannel): void {
    this.#channel = channel;
    for (const given of this.#files) {
      given.accepted = false;
      this.#sayOffer(given);
    }
  }

  broke(): void {
    this.#channel = undefined;
    this.#pace = new Pace(performance.now());
  }

  hear(m: Message): void {
    const given = 'id' in m ? this.#files.find((g) => g.id === m.id) : undefined;
    if (!given) return;
    switch (m.type) {
      case 'accept':
        if (m.offset > given.told) return;
        Object.assign(given, { accepted: true, ended: false, next: m.offset, acked: m.offset });
        given.flying = [];
        given.moved = performance.now();
        if (this.#pace.old(given.moved)) this.#pace = new Pace(given.moved);
        this.desk.set(given.entry, { state: 'moving', bytes: m.offset });
        void this.#pump();
        return;
      case 'ack':
        this.#acked(given, m.offset);
        return;
      case 'done':
        if (!given.ended) return;
        this.#forget(given);
        this.desk.set(given.entry, { state: 'done', bytes: given.file.size });
        return;
      case 'decline':
        this.#forget(given);
        if (m.why) this.desk.set(given.entry, { state: 'failed', problem: m.why });
        else this.desk.set(given.entry, { state: given.accepted ? 'cancelled' : 'declined' });
        return;
      default:
    }
  }

  /** Ends the file of an entry; tells whether there is one. */
  cancel(entry: number, why?: FileProblem): boolean {
    const given = this.#files.find((g) => g.entry.id === entry);
    if (!given || isOver(given.entry.file)) return false;
    this.#forget(given);
    this.desk.set(given.entry, why ? { state: 'failed', problem: why } : { state: 'cancelled' });
    this.desk.tell({ type: 'cancel', id: given.id, why });
    return true;
  }

  close(): void {
    this.#channel = undefined;
    for (const { entry } of this.#files)
      this.desk.set(entry, { state: 'failed', problem: 'call_over' });
    this.#files = [];
    this.#wake();
  }

  #sayOffer({ id, entry, file }: Given): void {
    this.desk.tell({ type: 'offer', id, name: entry.file.name, size: file.size });
  }

  #forget(given: Given): void {
    this.#files = this.#files.filter((g) => g !== given);
    this.#wake();
  }

  #acked(given: Given, offset: number): void {
    if (!given.accepted || offset > given.next || offset < given.acked) return;
    const now = performance.now();
    let last: Given['flying'][number] | undefined;
    while ((given.flying[0]?.end ?? Infinity) <= offset) last = given.flying.shift();
    if (last?.end === offset) this.#pace.acked(offset - given.acked, last.at, last.busy, now);
    given.acked = offset;
    given.moved = now;
    this.desk.set(given.entry, { bytes: offset });
    this.#wake();
  }

  /** Sends what may leave, for as long as there is something to send. */
  async #pump(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        const accepted = this.#files.filter((g) => g.accepted);
        const given = accepted.find((g) => !g.ended) ?? accepted[0];
        const channel = this.#channel;
        if (!given || channel?.readyState !== 'open') return;
        await this.#step(given, channel);
      }
    } finally {
      this.#running = false;
    }
  }

  async #step(given: Given, channel: RTCDataChannel): Promise<void> {
    const now = performance.now();
    if (now - given.moved > stalledAfter) {
      this.cancel(given.entry.id, 'stalled');
      return;
    }
    if (now - this.#looked > supplyEvery) {
      this.#looked = now;
      void this.supply().then((s) => this.#pace.supplied(s, performance.now()));
    }
    const wait = this.#pace.wait(now);
    if (given.ended || given.next - given.acked >= this.#pace.window) await this.#sleep(look);
    else if (wait > 1) await this.#sleep(Math.min(wait, look));
    else if (given.next === given.file.size) {
      given.sum ??= given.hash.digest();
      given.ended = true;
      this.desk.tell({ type: 'end', id: given.id, sha256: given.sum });
    } else await this.#send(given, channel);
  }

  async #send(given: Given, channel: RTCDataChannel): Promise<void> {
    const { next, file } = given;
    const bytes = await this.#read(given, Math.min(this.#pace.piece, file.size - next));
    if (!bytes) {
      this.cancel(given.entry.id, 'altered');
      return;
    }
    // The answer may be another by now, and the channel gone.
    if (given.next !== next || !given.accepted || channel.readyState !== 'open') return;
    if (!this.#files.includes(given)) return;
    channel.send(encodePiece({ id: given.id, offset: next, bytes }));
    const now = performance.now();
    given.next += bytes.length;
    if (given.next > given.hashed) {
      given.hash.update(bytes.subarray(bytes.length - (given.next - given.hashed)));
      given.hashed = given.next;
    }
    given.told = Math.max(given.told, given.next);
    this.#pace.sent(bytes.length, now);
    const busy = given.next - given.acked < this.#pace.window;
    given.flying.push({ end: given.next, at: now, busy });
  }

  /** undefined where the file is no longer what was chosen. */
  async #read(given: Given, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { next, file, block } = given;
    const at = next - block.start;
    if (at >= 0 && at + length <= block.bytes.length) return block.bytes.subarray(at, at + length);
    try {
      const bytes = new Uint8Array(await file.slice(next, next + blockSize).arrayBuffer());
      given.block = { start: next, bytes };
      return bytes.length >= length ? bytes.subarray(0, length) : undefined;
    } catch {
      return undefined;
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
