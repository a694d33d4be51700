// What is loaded when it is needed: by few calls, or by each, but not before it.
import type { Role } from '../../model/snapshot.ts';
import type { Signaler } from '../../signaling/signaling.ts';
import type { Host } from '../host.ts';
import type { Peer, WordsMessage } from './peer.ts';
import type { Exchange } from './trust.ts';

/** What every call uses soon after it began: a page fetches it ahead. */
export const ofEachCall = {
  figures: () => import('./stats.ts'),
  sending: () => import('./sending.ts'),
  talk: () => import('./chat/index.ts'),
  trust: () => import('./trust.ts'),
};

/** One signaler knows all our codes. */
export function signalerByHand(): () => Promise<Signaler> {
  let loaded: Promise<Signaler> | undefined;
  return () => (loaded ??= import('../../signaling/manual.ts').then((m) => new m.ManualSignaler()));
}

/** Looks for a QR code in the picture of our camera. */
export const scanLater =
  (ours: () => MediaStreamTrack | null): NonNullable<Host['scan']> =>
  (box, found, failed) => {
    let stop: (() => void) | undefined;
    let over = false;
    import('./scan.ts')
      .then(({ scanner }) => {
        if (!over) stop = scanner(ours)(box, found, failed);
      })
      .catch(failed);
    return () => {
      over = true;
      stop?.();
    };
  };

/**
 * The words that the users may compare: each call is the next step towards them. A step
 * that fails leaves none.
 */
export function wordsLater(
  role: Role,
  peer: Peer,
  current: () => boolean,
  found: (words: NonNullable<Exchange['words']>) => void,
): (theirs?: WordsMessage) => void {
  let exchange: Promise<Exchange> | undefined;
  return (theirs) => {
    exchange ??= ofEachCall.trust().then((m) => new m.Exchange(role, peer.certificates));
    exchange = exchange.then(async (x) => {
      const answer = await (theirs ? x.take(theirs) : x.begin());
      if (!current()) return x;
      if (answer) peer.say({ type: 'words', ...answer });
      if (x.words) found(x.words);
      return x;
    });
    exchange.catch((e: unknown) => console.warn('no words to compare:', e));
  };
}

/** What takes care of the devices. */
export const devicesLater = () => import('./devices.ts');
export const warn = (e: unknown) => console.warn('devices:', e);

/** Something about the devices is kept in this browser. */
export function wasChosen(): boolean {
  try {
    return localStorage['parley.devices'] !== undefined;
  } catch {
    return false;
  }
}
