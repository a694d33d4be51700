// A screen in the call, ours or the other side's: fetched when one is shared.
import { Problem } from '../../model/snapshot.ts';
import type { Watch } from '../host.ts';
import type { Peer } from './peer.ts';

/** Pictures of a screen a second: letters want bits more than motion does. */
const rate = 15;

// While a screen is shared the camera gets a fifth, and no more than is good for
// 640x360, as on the Go side (backend/session/screens.go).
const cameraPart = 5;
const cameraMost = 300_000; // bit/s

/** A screen of ours that the other side sees. */
export class Shared {
  private constructor(
    private readonly sender: RTCRtpSender,
    private readonly track: MediaStreamTrack,
  ) {}

  /** Asks the user what to share; undefined where they want nothing after all. */
  static async ask(peer: Peer, ended: () => void): Promise<Shared | undefined> {
    const sender = peer.screen?.sender;
    if (!sender) throw new Problem('not_in_call', 'the other side has no place for a screen');
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { max: rate } },
      });
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'NotAllowedError') return undefined;
      throw thrown;
    }
    const [track] = stream.getVideoTracks();
    if (!track) return undefined;
    track.contentHint = 'text'; // sharp before smooth
    track.onended = ended; // the browser has a button of its own for that
    return new Shared(sender, track);
  }

  /** What the camera may take beside it, of so many bit/s; 0 is no limit. */
  besides(most: number): number {
    return most > 0 ? Math.min(Math.round(most / cameraPart), cameraMost) : cameraMost;
  }

  get name(): string {
    return this.track.label;
  }

  /** Sends it, of so many bit/s at most, both pictures together; 0 is no limit. */
  async send(most: number): Promise<void> {
    await this.sender.replaceTrack(this.track);
    const parameters = this.sender.getParameters();
    const [encoding] = parameters.encodings;
    if (!encoding) return;
    encoding.maxFramerate = rate;
    encoding.priority = 'high'; // four times the camera's, where the browser obeys
    if (most > 0) encoding.maxBitrate = most - this.besides(most);
    else delete encoding.maxBitrate;
    await this.sender.setParameters({ ...parameters, ...{ degradationPreference } });
  }

  stop(): void {
    this.track.onended = null;
    this.track.stop();
    this.sender.replaceTrack(null).catch((e: unknown) => console.warn('end the screen:', e));
  }
}

/** Not in TypeScript's types; a browser that does not know it goes by the content hint. */
const degradationPreference = 'maintain-resolution';

/** Shows the other side's screen inside box until the function it returns is called. */
export function show(
  track: MediaStreamTrack | undefined,
  box: HTMLElement,
  watch: Watch,
): () => void {
  const v = document.createElement('video');
  v.muted = true;
  v.autoplay = true;
  v.playsInline = true;
  v.srcObject = new MediaStream(track ? [track] : []);
  const tell = () => {
    const live = v.videoWidth > 0 && v.readyState >= v.HAVE_CURRENT_DATA;
    if (live) watch.size(v.videoWidth, v.videoHeight);
    watch.live(live);
  };
  for (const event of ['loadeddata', 'playing', 'resize']) v.addEventListener(event, tell);
  box.append(v);
  v.play().catch((e: unknown) => console.warn('show the screen:', e));
  return () => {
    v.srcObject = null;
    v.remove();
    watch.live(false);
  };
}
