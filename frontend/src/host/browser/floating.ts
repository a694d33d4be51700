// A picture in a small window over all other apps. Safari on iPhones has its own
// way; what neither way is known to has none.
interface Webkit {
  webkitSupportsPresentationMode?(mode: Mode): boolean;
  webkitSetPresentationMode?(mode: Mode): void;
  webkitPresentationMode?: string;
}
type Mode = 'picture-in-picture' | 'inline';

const floatingMode = 'picture-in-picture';

/** Takes v's picture there, or back; undefined where the browser cannot. */
export function floats(v: HTMLVideoElement & Webkit): (() => Promise<void>) | undefined {
  if (document.pictureInPictureEnabled) {
    return async () => {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await v.requestPictureInPicture();
    };
  }
  if (!v.webkitSupportsPresentationMode?.(floatingMode)) return undefined;
  return () => {
    v.webkitSetPresentationMode?.(
      v.webkitPresentationMode === floatingMode ? 'inline' : floatingMode,
    );
    return Promise.resolve();
  };
}
