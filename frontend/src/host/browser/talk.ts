import { effect, signal, type ReadonlySignal } from '@preact/signals';
import type { Chat } from '../host.ts';
import type { Talk } from './chat/index.ts';
import { ofEachCall } from './later.ts';
import type { Peer } from './peer.ts';

/**
 * The texts and files of a call: what they need is fetched when their channel is
 * there and nobody waits to be let in. Before, nothing is said, and of what comes
 * only the greeting is kept.
 */
export class TalkLater {
  /** There while the other side takes part. */
  readonly chat = signal<Chat | undefined>(undefined);
  #talk: Promise<Talk> | undefined;

  constructor(
    private readonly held: ReadonlySignal<boolean>,
    private readonly peer: Peer,
    /** Aborted when the call ends. */
    private readonly call: AbortSignal,
  ) {
    call.addEventListener('abort', () => {
      this.chat.value = undefined;
      void this.#talk?.then((t) => t.close());
    });
  }

  use(channel: RTCDataChannel): void {
    const early: MessageEvent<unknown>[] = [];
    channel.onmessage = (e) => early.length < 1 && early.push(e);
    const stop = effect(() => {
      if (this.held.value) return;
      queueMicrotask(() => {
        stop();
        this.#use(channel, early).catch((e: unknown) => console.warn('no chat:', e));
      });
    });
  }

  async #use(channel: RTCDataChannel, early: MessageEvent<unknown>[]): Promise<void> {
    if (this.call.aborted) return;
    this.#talk ??= ofEachCall.talk().then(
      ({ Talk }) =>
        new Talk({
          able: (chat) => (this.chat.value = chat),
          reopen: () => this.peer.openChat(),
          stats: () => this.peer.stats(),
        }),
    );
    (await this.#talk).use(channel, early);
  }
}
