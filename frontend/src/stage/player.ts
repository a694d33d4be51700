// One track in the page: frames come in, are decoded, wait for their time and
// are drawn on every canvas that the track is attached to.
//
//   take ─▶ VideoDecoder ─▶ queue ─▶ animation frame ─▶ canvas
//             │ error, or too slow: begin anew, want a key frame
//
// Pixels go straight to the queue; the program makes them of the size that it is
// told the track is shown in.
//
// A track that nobody sees (no canvas, or a hidden page) is not decoded; when
// it is seen again it goes on with a key frame; one that only changes its canvas
// goes on at once. Every frame is reported once.

import { Clock } from './clock';
import { codecString } from './h264';
import { takeDue } from './queue';
import { type Frame, type Outcome, outcome } from './wire';

const MAX_AHEAD = 500; // ms that a picture is held at most
const MAX_QUEUE = 10; // decoded pictures held: 14 MB at 720p
const SLOW = 500; // ms that a frame stays in the decoder before that is too slow
const MOVING = 500; // ms that decoding goes on for no canvas: it may only change places
const QUIET = 1500; // ms without a frame after which a track is not live
// ms: what is drawn in an animation frame is on the screen one refresh later, and
// a picture due before the middle of that refresh belongs to it.
const LEAD = 24;

/** What a canvas learns of its track. */
export interface Watcher {
  /** The picture has a new size in pixels; the canvas has its shape already. */
  size?(width: number, height: number): void;
  /** Pictures come (true), or stopped for 1.5 s or for good (false). */
  live?(yes: boolean): void;
}

/** What a track has done since the page was loaded. Counts are of frames. */
export interface TrackStats {
  received: number;
  drawn: number;
  /** Left out: hidden, not attached, before a key frame, or passed by a later one. */
  skipped: number;
  errors: number;
  width: number;
  height: number;
  codec: string;
  live: boolean;
}

/** The player's way back to the program. */
export interface Uplink {
  report(sequence: number, o: Outcome): void;
  want(after: number): void;
  shown(width: number, height: number): void;
}

interface View {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  readonly on: Watcher;
  width: number;
  height: number;
  live: boolean;
}

/** A frame in the decoder. */
interface Decoding {
  readonly timestamp: number;
  readonly frame: Frame;
}

interface Picture {
  readonly image: VideoFrame | ImageData;
  readonly sequence: number;
  readonly due: number;
}

export class Player {
  readonly stats: TrackStats = {
    received: 0,
    drawn: 0,
    skipped: 0,
    errors: 0,
    width: 0,
    height: 0,
    codec: '',
    live: false,
  };

  readonly #uplink: Uplink;
  readonly #clock = new Clock();
  readonly #views = new Set<View>();
  #decoder: VideoDecoder | undefined;
  #configured = ''; // codec and size
  #decoding: Decoding[] = [];
  #queue: Picture[] = [];
  #waiting = true; // for a key frame
  #sequence = 0; // of the last frame that came
  #timestamp = 0; // of the last frame given to the decoder
  #animation: number | undefined;
  #lastLive = 0;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #moving: ReturnType<typeof setTimeout> | undefined;
  #told = '0x0'; // the size that the program knows of
  readonly #sizes = new ResizeObserver(() => this.#tell());

  constructor(uplink: Uplink) {
    this.#uplink = uplink;
  }

  /** The program knows nothing of this page yet. */
  connected(): void {
    this.#told = '0x0';
    this.#tell();
  }

  attach(canvas: HTMLCanvasElement, on: Watcher): () => void {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('the canvas has another context already');
    const view: View = { canvas, context, on, width: 0, height: 0, live: false };
    this.#settled();
    this.#views.add(view);
    this.#sizes.observe(canvas);
    if (this.#waiting && this.#seen()) this.#uplink.want(this.#sequence);
    return () => {
      this.#views.delete(view);
      this.#sizes.unobserve(canvas);
      if (this.#views.size > 0) {
        this.#tell();
        return;
      }
      this.#settled();
      this.#moving = setTimeout(() => {
        this.#settled();
        this.reset();
        this.#tell();
      }, MOVING);
    };
  }

  /** The page was hidden or shown. */
  visibility(): void {
    if (document.hidden) this.reset();
    else if (this.#views.size > 0) this.#uplink.want(this.#sequence);
    this.#lastLive = performance.now(); // what was not sent while hidden did not stop
    this.#tell();
  }

  take(frame: Frame): void {
    const now = performance.now();
    this.stats.received++;
    this.#sequence = frame.sequence;
    this.#clock.sample(frame.written, now);
    if (!this.#seen()) {
      this.#waiting = true;
      if (this.#views.size > 0) this.#touch(now);
      this.#report(frame, outcome.skipped);
      return;
    }
    if (frame.codec === 'rgba') {
      const pixels = new Uint8ClampedArray(frame.data.buffer, frame.data.byteOffset);
      this.stats.codec = frame.codec;
      this.#enqueue(new ImageData(pixels, frame.width, frame.height), frame, now);
      return;
    }
    // Those that waited for a lost packet come all at once: how many there are says nothing.
    const [oldest] = this.#decoding;
    if (oldest && frame.written - oldest.frame.written >= SLOW) {
      if (frame.key) this.reset();
      else this.#recover();
    }
    if (this.#waiting && !frame.key) {
      this.#report(frame, outcome.skipped);
      return;
    }
    this.#decode(frame);
  }

  /** The track stopped: the canvases are emptied. */
  clear(): void {
    this.reset();
    this.stats.live = false;
    for (const view of this.#views) {
      view.context.clearRect(0, 0, view.canvas.width, view.canvas.height);
      setLive(view, false);
    }
  }

  /** Forgets what is on the way, up to the next key frame. */
  reset(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
    this.#configured = '';
    this.#waiting = true;
    for (const p of this.#queue.splice(0)) this.#skip(p);
    for (const d of this.#decoding.splice(0)) this.#report(d.frame, outcome.skipped);
  }

  close(): void {
    this.reset();
    this.#views.clear();
    this.#sizes.disconnect();
    this.#settled();
    clearTimeout(this.#quiet);
    if (this.#animation !== undefined) cancelAnimationFrame(this.#animation);
  }

  #seen(): boolean {
    return (this.#views.size > 0 || this.#moving !== undefined) && !document.hidden;
  }

  #settled(): void {
    clearTimeout(this.#moving);
    this.#moving = undefined;
  }

  #recover(): void {
    this.reset();
    this.#uplink.want(this.#sequence);
  }

  #decode(frame: Frame): void {
    // Strictly increasing, so that an output names its frame.
    this.#timestamp = Math.max(this.#timestamp + 1, Math.round(frame.written * 1000));
    const timestamp = this.#timestamp;
    this.#decoding.push({ timestamp, frame });
    try {
      const decoder = this.#configure(frame);
      this.#waiting = false;
      const type = frame.key ? 'key' : 'delta';
      decoder.decode(new EncodedVideoChunk({ type, timestamp, data: frame.data }));
    } catch (e) {
      this.#fail(e);
    }
  }

  /** The decoder, configured for the frame if it is a key frame of another codec or size. */
  #configure(frame: Frame): VideoDecoder {
    if (frame.key) {
      const codec = frame.codec === 'vp8' ? 'vp8' : codecString(frame.data);
      const configured = `${codec} ${frame.width}x${frame.height}`;
      if (!this.#decoder) {
        const decoder: VideoDecoder = new VideoDecoder({
          output: (image) => this.#decoded(decoder, image),
          error: (e) => {
            if (decoder === this.#decoder) this.#fail(e);
          },
        });
        this.#decoder = decoder;
      }
      if (configured !== this.#configured) {
        // No description: H.264 comes in Annex B form.
        this.#decoder.configure({ codec, optimizeForLatency: true });
        this.#configured = configured;
        this.stats.codec = codec;
      }
    }
    if (!this.#decoder) throw new Error('a delta frame before any key frame');
    return this.#decoder;
  }

  #fail(e: unknown): void {
    console.warn('stage: decoder error, beginning anew', e);
    const culprit = this.#decoding.shift();
    if (culprit) this.#report(culprit.frame, outcome.failed);
    this.#recover();
  }

  #decoded(decoder: VideoDecoder, image: VideoFrame): void {
    const at = this.#decoding.findIndex((d) => d.timestamp === image.timestamp);
    const frame = this.#decoding[at]?.frame;
    if (decoder !== this.#decoder || !frame) {
      image.close();
      return;
    }
    const passed = this.#decoding.splice(0, at + 1).slice(0, -1);
    for (const d of passed) this.#report(d.frame, outcome.skipped);
    this.#enqueue(image, frame, performance.now());
  }

  #enqueue(image: Picture['image'], frame: Frame, now: number): void {
    const due =
      frame.present === 0 ? now : Math.min(this.#clock.toPage(frame.present), now + MAX_AHEAD);
    this.#queue.push({ image, sequence: frame.sequence, due });
    if (this.#queue.length > MAX_QUEUE) {
      // Too far ahead, or the page is covered and gets no animation frames.
      const first = this.#queue.shift();
      if (first) this.#draw(first);
    }
    this.#animate();
  }

  #animate(): void {
    if (this.#queue.length === 0 || this.#animation !== undefined) return;
    this.#animation = requestAnimationFrame(() => {
      this.#animation = undefined;
      const { draw, late } = takeDue(this.#queue, performance.now() + LEAD);
      for (const p of late) this.#skip(p);
      if (draw) this.#draw(draw);
      this.#animate();
    });
  }

  #draw(p: Picture): void {
    if (this.#views.size === 0) {
      this.#skip(p); // decoded between two places
      return;
    }
    const { image } = p;
    const pixels = image instanceof ImageData;
    const width = pixels ? image.width : image.displayWidth;
    const height = pixels ? image.height : image.displayHeight;
    this.stats.width = width;
    this.stats.height = height;
    this.stats.drawn++;
    for (const view of this.#views) {
      const scale = pixels ? 1 : shown(view.canvas, width, height);
      const w = Math.ceil(width * scale);
      const h = Math.ceil(height * scale);
      // Setting either also empties the canvas: only when it changes.
      if (view.canvas.width !== w) view.canvas.width = w;
      if (view.canvas.height !== h) view.canvas.height = h;
      if (pixels) view.context.putImageData(image, 0, 0);
      else view.context.drawImage(image, 0, 0, w, h);
      if (view.width !== width || view.height !== height) {
        view.width = width;
        view.height = height;
        view.on.size?.(width, height);
      }
      setLive(view, true);
    }
    close(image);
    this.#touch(performance.now());
    this.#uplink.report(p.sequence, outcome.drawn);
  }

  #skip(p: Picture): void {
    close(p.image);
    this.stats.skipped++;
    this.#uplink.report(p.sequence, outcome.skipped);
  }

  #report(frame: Frame, o: Outcome): void {
    if (o === outcome.failed) this.stats.errors++;
    else this.stats.skipped++;
    this.#uplink.report(frame.sequence, o);
  }

  /** Tells the program how large the track is shown, where that has changed. */
  #tell(): void {
    let width = 0;
    let height = 0;
    for (const { canvas } of document.hidden ? [] : this.#views) {
      width = Math.max(width, Math.ceil(canvas.clientWidth * devicePixelRatio));
      height = Math.max(height, Math.ceil(canvas.clientHeight * devicePixelRatio));
    }
    const told = `${width}x${height}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#uplink.shown(width, height);
  }

  /** Notes that the track lives, and sees to it that its end is noticed. */
  #touch(now: number): void {
    this.#lastLive = now;
    this.stats.live = true;
    if (this.#quiet === undefined) this.#watch(QUIET);
  }

  #watch(ms: number): void {
    this.#quiet = setTimeout(() => {
      this.#quiet = undefined;
      const left = this.#lastLive + QUIET - performance.now();
      if (left > 0 || document.hidden) {
        this.#watch(left > 0 ? left : QUIET);
        return;
      }
      this.stats.live = false;
      for (const view of this.#views) setLive(view, false);
    }, ms);
  }
}

/**
 * The part of a picture's size, up to 1, that its canvas needs in its place, whether that is filled
 * or holds it whole: without a GPU the page pays for each pixel of a canvas each time.
 */
function shown(canvas: HTMLCanvasElement, width: number, height: number): number {
  const part = Math.max(canvas.clientWidth / width, canvas.clientHeight / height);
  return Math.min(part * devicePixelRatio, 1) || 1;
}

function close(image: Picture['image']): void {
  if (!(image instanceof ImageData)) image.close();
}

function setLive(view: View, yes: boolean): void {
  if (view.live === yes) return;
  view.live = yes;
  view.on.live?.(yes);
}
