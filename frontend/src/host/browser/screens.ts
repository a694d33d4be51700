// Screens in a call, as far as each page has them: the rest is fetched when one is shared.
import { signal } from '@preact/signals';
import type { Sharing } from '../../model/snapshot.ts';
import type { Watch } from '../host.ts';
import type { Peer } from './peer.ts';
import type { Shared } from './sharing.ts';

const sharing = () => import('./sharing.ts');

export class Screens {
  readonly #ours = signal<Shared | undefined>(undefined);

  constructor(
    private readonly peer: () => Peer | undefined,
    /** The bit/s that our pictures may take together at most; 0 is no limit. */
    private readonly most: () => number,
  ) {}

  /** What the other side is shown of ours. */
  get sharing(): Sharing {
    const ours = this.#ours.value;
    return ours ? { on: true, name: ours.name } : { on: false };
  }

  /** Has our pictures take no more than they may. */
  readonly limit = (): void => {
    const most = this.most();
    const ours = this.#ours.value;
    this.peer()?.limit(ours?.besides(most) ?? most);
    ours?.send(most).catch((e: unknown) => console.warn('share a screen:', e));
  };

  readonly end = (): void => {
    this.#ours.value?.stop();
    this.#ours.value = undefined;
  };

  readonly share = async (id: string): Promise<void> => {
    const peer = this.peer();
    if (!id || !peer) {
      this.end();
      return;
    }
    const ours = await (await sharing()).Shared.ask(peer, this.end);
    if (ours && this.peer() === peer) this.#ours.value = ours;
    else ours?.stop();
  };

  /** Shows theirs inside box until the function it returns is called. */
  show(box: HTMLElement, watch: Watch): () => void {
    const track = this.peer()?.screen?.receiver.track;
    const shown = sharing().then((m) => m.show(track, box, watch));
    return () => void shown.then((stop) => stop());
  }
}
