// One track in the page: frames come in, are decoded, wait for their time and
// are drawn on every canvas that the track is attached to.
//
//   take ─▶ VideoDecoder ─▶ queue ─▶ animation frame ─▶ canvas
//             │ error, or too slow: begin anew, want a key frame
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
const MAX_DECODING = 15; // frames in the decoder before it is too slow
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
  readonly image: VideoFrame;
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

  constructor(uplink: Uplink) {
    this.#uplink = uplink;
  }

  attach(canvas: HTMLCanvasElement, on: Watcher): () => void {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('the canvas has another context already');
    const view: View = { canvas, context, on, width: 0, height: 0, live: false };
    this.#settled();
    this.#views.add(view);
    if (this.#waiting && this.#seen()) this.#uplink.want(this.#sequence);
    return () => {
      this.#views.delete(view);
      if (this.#views.size > 0) return;
      this.#settled();
      this.#moving = setTimeout(() => {
        this.#settled();
        this.reset();
      }, MOVING);
    };
  }

  /** The page was hidden or shown. */
  visibility(): void {
    if (document.hidden) this.reset();
    else if (this.#views.size > 0) this.#uplink.want(this.#sequence);
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
    if (this.#decoding.length >= MAX_DECODING) {
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
    const now = performance.now();
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
    const width = p.image.displayWidth;
    const height = p.image.displayHeight;
    this.stats.width = width;
    this.stats.height = height;
    this.stats.drawn++;
    for (const view of this.#views) {
      const scale = shown(view.canvas, width, height);
      const w = Math.ceil(width * scale);
      const h = Math.ceil(height * scale);
      // Setting either also empties the canvas: only when it changes.
      if (view.canvas.width !== w) view.canvas.width = w;
      if (view.canvas.height !== h) view.canvas.height = h;
      view.context.drawImage(p.image, 0, 0, w, h);
      if (view.width !== width || view.height !== height) {
        view.width = width;
        view.height = height;
        view.on.size?.(width, height);
      }
      setLive(view, true);
    }
    p.image.close();
    this.#touch(performance.now());
    this.#uplink.report(p.sequence, outcome.drawn);
  }

  #skip(p: Picture): void {
    p.image.close();
    this.stats.skipped++;
    this.#uplink.report(p.sequence, outcome.skipped);
  }

  #report(frame: Frame, o: Outcome): void {
    if (o === outcome.failed) this.stats.errors++;
    else this.stats.skipped++;
    this.#uplink.report(frame.sequence, o);
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
      if (left > 0) {
        this.#watch(left);
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

function setLive(view: View, yes: boolean): void {
  if (view.live === yes) return;
  view.live = yes;
  view.on.live?.(yes);
}
