// What few calls need is loaded when one does.
import type { Signaler } from '../../signaling/signaling.ts';
import type { Host } from '../host.ts';

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
