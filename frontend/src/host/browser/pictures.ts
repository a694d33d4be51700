// The two video elements of a call. They outlive the tiles that show them: the
// other side's also plays its sound.
import { signal } from '@preact/signals';
import type { Track as AnyTrack, Watch } from '../host.ts';
import { floats } from './floating.ts';

type Track = Exclude<AnyTrack, 'screen'>;

export class Pictures {
  /** The browser plays sound only after a tap. */
  readonly needsTap = signal(false);
  readonly videos: Record<Track, HTMLVideoElement> = { local: video(), remote: video() };
  readonly #watches: Record<Track, Set<Watch>> = { local: new Set(), remote: new Set() };
  readonly #streams: Record<Track, MediaStream | null> = { local: null, remote: null };
  /** Those whose element has its player. */
  readonly #begun = new Set<Track>();

  /** Takes the other side's picture into a window over all others, or back. */
  readonly float = floats(this.videos.remote);

  constructor() {
    this.videos.local.muted = true;
    this.videos.local.disablePictureInPicture = true;
    for (const track of ['local', 'remote'] as const) {
      const v = this.videos[track];
      for (const event of ['loadeddata', 'playing', 'resize', 'emptied'] as const) {
        v.addEventListener(event, () => this.#tell(track));
      }
      // By now the element has its player, which Chromium makes another one for a stream that has
      // a picture of the other side: it holds each back by some 20 ms, to show them evenly, and
      // where painting is late leaves some out.
      v.addEventListener('loadstart', () => {
        this.#begun.add(track);
        this.#follow(track);
      });
    }
    const goOn = () => {
      if (document.hidden) return;
      for (const track of ['local', 'remote'] as const) {
        const v = this.videos[track];
        if (v.srcObject && v.paused) void this.#play(track);
      }
    };
    // iOS leaves them paused after a phone call, or a while in the background.
    document.addEventListener('visibilitychange', goOn);
    // A small window pauses what was in it when it is closed, and has a button for it.
    this.videos.remote.addEventListener('pause', goOn);
  }

  /** Shows a stream, or the tracks that it has by now. */
  show(track: Track, stream: MediaStream | null): void {
    if (this.#streams[track] === stream) {
      this.#follow(track);
      return;
    }
    this.#streams[track] = stream;
    this.#begun.delete(track);
    const v = this.videos[track];
    v.srcObject = stream && new MediaStream();
    if (stream) void this.#play(track);
    else if (track === 'remote') {
      // Chromium leaves the small window open, with the last picture in it.
      if (document.pictureInPictureElement === v) void document.exitPictureInPicture();
      this.needsTap.value = false;
      v.muted = false;
    }
    this.#tell(track);
  }

  readonly attach = (track: Track, box: HTMLElement, watch: Watch): (() => void) => {
    const v = this.videos[track];
    box.append(v);
    this.#watches[track].add(watch);
    // An element that moves in the document is paused.
    if (v.srcObject) void this.#play(track);
    this.#tell(track);
    return () => {
      this.#watches[track].delete(watch);
      if (v.parentNode === box) v.remove();
    };
  };

  /** In answer to a tap: plays with sound. */
  async hear(): Promise<void> {
    const v = this.videos.remote;
    v.muted = false;
    await v.play();
    this.needsTap.value = false;
  }

  /** Gives the element the tracks that its stream has. */
  #follow(track: Track): void {
    const shown = this.videos[track].srcObject as MediaStream | null;
    if (!shown || !this.#begun.has(track)) return;
    const tracks = this.#streams[track]?.getTracks() ?? [];
    for (const t of shown.getTracks()) if (!tracks.includes(t)) shown.removeTrack(t);
    for (const t of tracks) shown.addTrack(t);
  }

  async #play(track: Track): Promise<void> {
    const v = this.videos[track];
    try {
      await v.play();
    } catch (thrown) {
      if (!(thrown instanceof DOMException) || thrown.name !== 'NotAllowedError') return;
      if (track !== 'remote' || v.muted) return;
      // Sound needs a tap; the picture can begin.
      this.needsTap.value = true;
      v.muted = true;
      await v.play().catch(() => undefined);
    }
  }

  #tell(track: Track): void {
    const v = this.videos[track];
    const live = v.srcObject !== null && v.videoWidth > 0 && v.readyState >= v.HAVE_CURRENT_DATA;
    for (const watch of this.#watches[track]) {
      if (live) watch.size(v.videoWidth, v.videoHeight);
      watch.live(live);
    }
  }
}

function video(): HTMLVideoElement {
  const v = document.createElement('video');
  v.playsInline = true; // or iOS opens its own player
  v.autoplay = true;
  return v;
}
