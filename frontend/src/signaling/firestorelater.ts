// Firebase's SDK weighs four times what the page does, so it is fetched when
// the first room is opened: by then the user sees the camera's picture.
import type { FirebaseSettings } from './firestoresettings.ts';
import { SignalingError, type Invite, type Room, type Signaler } from './signaling.ts';

export class LaterSignaler implements Signaler {
  readonly afterDevices = true;
  readonly #load: () => Promise<Signaler>;
  #signaler: Promise<Signaler> | undefined;

  constructor(load: () => Promise<Signaler>) {
    this.#load = load;
  }

  async create(abort?: AbortSignal): Promise<Room> {
    return (await this.#loaded()).create(abort);
  }

  async join(invite: Invite, abort?: AbortSignal): Promise<Room> {
    return (await this.#loaded()).join(invite, abort);
  }

  #loaded(): Promise<Signaler> {
    this.#signaler ??= this.#load().catch((thrown: unknown) => {
      this.#signaler = undefined; // the next try may be luckier
      const message = thrown instanceof Error ? thrown.message : '';
      throw new SignalingError('unreachable', `load Firebase: ${message}`);
    });
    return this.#signaler;
  }
}

/** Rooms in Cloud Firestore. */
export const firestoreLater = (settings: FirebaseSettings): Signaler =>
  new LaterSignaler(async () => {
    const { openFirestore } = await import('./firestore.ts');
    return openFirestore(settings);
  });
