// Counts the documents that a browser costs in Firestore, on the wire: a
// reverse proxy before the emulator that the page takes for Firestore itself.
//
// The SDK listens and writes over WebChannel, and runs transactions over REST:
//
//	POST …/Write/channel    req0___data__={"writes":[{update|delete}]}   writes, deletes
//	GET  …/Listen/channel   LENGTH\n[[n,[{"documentChange":…}]]]…        reads
//	                        CURRENT for a target without any             one read
//	POST …:batchGet         [{found|missing}]                            reads
//	POST …:commit           {"writes":[{update|delete}]}                 writes, deletes
//
// What is billed: https://firebase.google.com/docs/firestore/pricing. The same
// is counted for the desktop in backend/signaling/firestore/usage.go.
import type { Cleanup } from './process.js';
import { proxy } from './proxy.js';

export interface Documents {
  reads: number;
  writes: number;
  deletes: number;
}

interface Writes {
  writes?: { delete?: string; verify?: string }[];
}

interface ListenResponse {
  documentChange?: { targetIds?: number[]; document?: { name: string; updateTime: string } };
  targetChange?: { targetChangeType?: string; targetIds?: number[] };
}

export class CountingProxy {
  readonly documents: Documents = { reads: 0, writes: 0, deletes: 0 };
  host = ''; // host:port

  static async start(cleanup: Cleanup, to: string): Promise<CountingProxy> {
    const counting = new CountingProxy();
    counting.host = await proxy(cleanup, to, ({ url, body }) => (status) => {
      if (status === 200) counting.#sent(url, body);
      return counting.#counter(url);
    });
    return counting;
  }

  #sent(url: string, body: string): void {
    if (body === '') return; // a preflight, or a poll
    if (url.includes(':commit')) this.#written(JSON.parse(body) as Writes);
    if (!url.includes('/Write/channel')) return;
    for (const [name, value] of new URLSearchParams(body)) {
      if (name.endsWith('___data__')) this.#written(JSON.parse(value) as Writes);
    }
  }

  /** What was sent: a write that the SDK sends again was not done the first time. */
  readonly #done = new Set<string>();

  #written({ writes = [] }: Writes): void {
    for (const write of writes) {
      const once = JSON.stringify(write);
      if (this.#done.has(once)) continue;
      this.#done.add(once);
      if (write.delete !== undefined) this.documents.deletes++;
      else if (write.verify === undefined) this.documents.writes++;
    }
  }

  /** Counts one response, piece by piece. */
  #counter(url: string): (chunk: string) => void {
    let unread = '';
    if (url.includes(':batchGet')) {
      return (chunk) => {
        unread += chunk;
        const found = unread.match(/"(found|missing)":/g)?.length ?? 0;
        this.documents.reads += found;
        if (found > 0) unread = '';
      };
    }
    if (!url.includes('/Listen/channel')) return () => undefined;
    return (chunk) => {
      unread += chunk;
      for (;;) {
        const [, head = '', length] = /^((\d+)\n)/.exec(unread) ?? [];
        if (length === undefined || unread.length < head.length + Number(length)) return;
        const end = head.length + Number(length);
        this.#heard(unread.slice(head.length, end));
        unread = unread.slice(end);
      }
    };
  }

  /** The emulator tells all of a query's documents again at each change: that is no read. */
  readonly #told = new Set<string>();
  /** Targets of which a document came: an answer without any is billed as a read. */
  readonly #full = new Set<number>();

  #heard(frame: string): void {
    // The answer to a POST is an array of numbers.
    for (const array of JSON.parse(frame) as unknown[]) {
      const data: unknown = Array.isArray(array) ? array[1] : undefined;
      if (!Array.isArray(data)) continue;
      for (const message of data as (ListenResponse | string)[]) {
        if (typeof message === 'string') continue; // WebChannel's own
        const { documentChange, targetChange } = message;
        if (documentChange) {
          const { targetIds, document } = documentChange;
          const told = [targetIds?.join(), document?.name, document?.updateTime].join();
          if (!this.#told.has(told)) this.documents.reads++;
          this.#told.add(told);
          documentChange.targetIds?.forEach((id) => this.#full.add(id));
        }
        if (targetChange?.targetChangeType !== 'CURRENT') continue;
        if (targetChange.targetIds?.some((id) => !this.#full.has(id))) this.documents.reads++;
      }
    }
  }
}
