// What two people write to each other in a call, and the files that they hand
// over, on the browser's side: fetched when the channel for it is there. The same
// rules as the Go side's (backend/chat, which draws them).
import { signal } from '@preact/signals';
import { isOver, maxText, withEntry, type Entry, type HandedFile } from '../../../model/chat.ts';
import { Problem } from '../../../model/snapshot.ts';
import type { Chat } from '../../host.ts';
import { Giving, type Desk, type FileEntry } from './give.ts';
import { supplyOf } from './pace.ts';
import type { openSink } from './store.ts';
import { Taking } from './take.ts';
import { cleanText, lengthOf, parse, parsePiece, type Message } from './wire.ts';

const progress = 200; // ms between two changes of what only grows
const reopenAfter = 1000; // ms
const maxReopen = 30;
const maxEntries = 1000;
const maxWaiting = 200; // texts
/** How long a saved file may take to leave the page, in ms. */
const keptFor = 60_000;

/** Of a flood the rest is dropped. */
class Allowance {
  #used = 0;
  #at = performance.now();
  constructor(
    private readonly perSecond: number,
    private readonly most: number,
  ) {}
  take(): boolean {
    const now = performance.now();
    this.#used = Math.max(0, this.#used - ((now - this.#at) * this.perSecond) / 1000);
    this.#at = now;
    if (this.#used + 1 > this.most) return false;
    this.#used++;
    return true;
  }
}

export interface TalkOptions {
  /** The other side takes texts and files. */
  able(chat: Chat): void;
  /** Opens another channel in the place of one that closed, where that is ours to do. */
  reopen(): void;
  stats(): Promise<RTCStatsReport>;
  openSink?: typeof openSink;
  save?: (file: Blob, name: string) => string;
}

export class Talk implements Chat, Desk {
  readonly entries = signal<Entry[]>([]);
  #made = 0;
  #channel: RTCDataChannel | undefined;
  /** The other side speaks; on this channel. */
  #able = false;
  #greeted = false;
  #reopened = 0;
  #closed = false;
  #said = 0;
  #waiting: { id: number; entry: Entry }[] = [];
  #seen = 0;
  readonly #takes = new Allowance(4000, 4000);
  readonly #news = new Allowance(10, 60);
  readonly #giving: Giving;
  readonly #taking: Taking;
  readonly #shown = new Map<number, number>();
  readonly #urls: string[] = [];

  constructor(private readonly o: TalkOptions) {
    this.#giving = new Giving(this, async () => supplyOf(await o.stats()));
    this.#taking = new Taking(this, o.openSink, o.save ?? ((file, name) => this.#save(file, name)));
  }

  /** Goes on through this channel; early is what came before. */
  use(channel: RTCDataChannel, early: MessageEvent<unknown>[]): void {
    if (this.#closed) return;
    this.#channel = channel;
    this.#greeted = false;
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (channel === this.#channel) this.#hear(data);
    };
    channel.onclose = () => this.#broke(channel);
    const open = () => {
      this.tell({ type: 'hello' });
      early.forEach(({ data }) => this.#hear(data));
    };
    if (channel.readyState === 'open') open();
    else if (channel.readyState === 'connecting') channel.onopen = open;
    else this.#broke(channel);
  }

  readonly say = (text: string): Promise<void> => {
    const clean = cleanText(text);
    const length = lengthOf(clean);
    if (this.#closed || length < 1 || length > maxText || this.#waiting.length >= maxWaiting)
      return Promise.reject(new Problem('not_in_call', 'nothing that can be sent'));
    const entry = this.#add<Omit<Entry, 'id'>>({ mine: true, text: clean, mark: 'waiting' });
    const waiting = { id: ++this.#said, entry };
    this.#waiting.push(waiting);
    if (this.#greeted) this.#send(waiting);
    return Promise.resolve();
  };

  readonly offer = (files: File[]): Promise<void> => {
    if (!this.#closed) files.forEach((file) => this.#giving.offer(file));
    return Promise.resolve();
  };

  readonly answer = async (entry: number, take: boolean): Promise<void> => {
    await this.#taking.answer(entry, take);
  };

  readonly cancel = (entry: number): Promise<void> => {
    if (!this.#giving.cancel(entry)) this.#taking.cancel(entry);
    return Promise.resolve();
  };

  close(): void {
    this.#closed = true;
    this.#giving.close();
    this.#taking.close();
    this.#channel = undefined;
    setTimeout(() => this.#urls.forEach((url) => URL.revokeObjectURL(url)), keptFor);
  }

  add(mine: boolean, file: HandedFile): FileEntry {
    return this.#add({ mine, file });
  }

  #add<E extends Omit<Entry, 'id'>>(e: E): E & { id: number } {
    const entry = { ...e, id: ++this.#made };
    this.#show(entry);
    if (this.entries.value.length > maxEntries) {
      const old = this.entries.value.find(({ file }) => !file || isOver(file));
      this.entries.value = this.entries.value.filter((kept) => kept !== old);
    }
    return entry;
  }

  set(entry: FileEntry, file: Partial<HandedFile>): void {
    Object.assign(entry.file, file);
    const now = performance.now();
    if (!file.state && now - (this.#shown.get(entry.id) ?? -Infinity) < progress) return;
    this.#shown.set(entry.id, now);
    this.#show(entry);
  }

  tell(m: Message): void {
    if (this.#channel?.readyState === 'open') this.#channel.send(JSON.stringify(m));
  }

  #show(entry: Entry): void {
    const copied = { ...entry, ...(entry.file && { file: { ...entry.file } }) };
    this.entries.value = withEntry(this.entries.value, copied);
  }

  #send({ id, entry }: { id: number; entry: Entry }): void {
    if (this.#channel?.readyState !== 'open') return;
    this.tell({ type: 'text', id, text: entry.text ?? '' });
    entry.mark = 'sent';
    this.#show(entry);
  }

  #broke(channel: RTCDataChannel): void {
    if (this.#closed || channel !== this.#channel) return;
    this.#channel = undefined;
    this.#greeted = false;
    this.#giving.broke();
    // One that an old client closes stays closed.
    if (!this.#able || ++this.#reopened > maxReopen) return;
    setTimeout(() => {
      if (!this.#closed && !this.#channel) this.o.reopen();
    }, reopenAfter);
  }

  #hear(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const piece = parsePiece(data);
      if (piece) this.#taking.piece(piece);
      return;
    }
    const m = typeof data === 'string' ? parse(data) : undefined;
    if (!m || !this.#takes.take()) return;
    if ((m.type === 'text' || m.type === 'offer') && !this.#news.take()) return;
    if (m.type === 'hello') this.#hello();
    else if (this.#greeted) this.#take(m);
  }

  #hello(): void {
    if (this.#greeted || !this.#channel) return;
    this.#greeted = true;
    if (!this.#able) this.o.able(this);
    this.#able = true;
    this.#waiting.forEach((w) => this.#send(w));
    this.#giving.use(this.#channel);
  }

  #take(m: Message): void {
    if (m.type === 'text') {
      this.tell({ type: 'got', id: m.id });
      if (m.id <= this.#seen) return; // its mark was lost
      this.#seen = m.id;
      this.#add({ mine: false, text: m.text });
    } else if (m.type === 'got') {
      const there = this.#waiting.find((w) => w.id === m.id);
      if (!there) return;
      this.#waiting = this.#waiting.filter((w) => w !== there);
      there.entry.mark = 'delivered';
      this.#show(there.entry);
    } else {
      this.#giving.hear(m);
      this.#taking.hear(m);
    }
  }

  /** Hands a file to the browser's downloads; the page keeps a link to it. */
  #save(file: Blob, name: string): string {
    const url = URL.createObjectURL(file);
    this.#urls.push(url);
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    return url;
  }
}
