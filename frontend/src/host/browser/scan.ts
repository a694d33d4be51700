// Reads a call code's QR code from the camera: with the browser's own
// BarcodeDetector where it has one, else with jsQR, loaded when it is needed.
import { Problem } from '../../model/snapshot.ts';
import { isCode } from '../../signaling/signaling.ts';
import type { Actions } from '../host.ts';

/** Time between two looks, in ms. */
const every = 200;
/** jsQR's picture is at most this wide, in pixels: a look takes it 50 ms then. */
const widest = 960;

type Look = (video: HTMLVideoElement) => Promise<string[]>;

/** W3C's Accelerated Shape Detection; not in TypeScript's library. */
interface Detector {
  detect(video: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

/** The call's own picture is looked at where no second camera can be had. */
export function scanner(ours: () => MediaStreamTrack | null): NonNullable<Actions['scan']> {
  return (box, found, failed) => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let track: MediaStreamTrack | undefined;
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    const stop = () => {
      over = true;
      clearTimeout(timer);
      track?.stop();
      video.remove();
    };

    async function start(): Promise<void> {
      const got = await camera(ours());
      if (stopped()) {
        got.stop();
        return;
      }
      track = got;
      video.srcObject = new MediaStream([got]);
      box.append(video);
      await video.play();
      await next(await eyes());
    }

    async function next(look: Look): Promise<void> {
      if (stopped()) return;
      const code = (await look(video)).find(isCode);
      if (stopped()) return;
      if (code !== undefined) {
        stop();
        found(code);
        return;
      }
      timer = setTimeout(() => next(look).catch(fail), every);
    }

    const stopped = () => over;
    const fail = (thrown: unknown) => {
      if (stopped()) return;
      stop();
      failed(thrown);
    };
    start().catch(fail);
    return stop;
  };
}

/** The camera at the back, which looks at another screen. */
async function camera(ours: MediaStreamTrack | null): Promise<MediaStreamTrack> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1280 } },
    });
    const [track] = stream.getVideoTracks();
    if (track) return track;
  } catch (thrown) {
    if (!ours) {
      const refused = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
      throw new Problem(refused ? 'camera_refused' : 'no_camera', String(thrown));
    }
  }
  if (!ours) throw new Problem('no_camera', 'no camera to scan with');
  return ours.clone();
}

async function eyes(): Promise<Look> {
  const { BarcodeDetector: Class } = globalThis as { BarcodeDetector?: DetectorClass };
  const formats = await Class?.getSupportedFormats().catch((): string[] => []);
  if (Class && formats?.includes('qr_code')) {
    const detector = new Class({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video)).map((found) => found.rawValue);
  }
  const { default: jsQR } = await import('jsqr');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    const scale = Math.min(1, widest / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!context || canvas.width === 0 || canvas.height === 0) return Promise.resolve([]);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    const read = jsQR(data, width, height, { inversionAttempts: 'dontInvert' });
    return Promise.resolve(read ? [read.data] : []);
  };
}
