// What runs inside the phone's page: functions that are sent there as they
// stand, so each must be whole in itself.

declare global {
  interface Window {
    peers: RTCPeerConnection[];
    captured: MediaStreamTrack[];
    sent: number;
  }
}

/** Runs before the page's own scripts: keeps every PeerConnection, and every
 * track of a camera or microphone, in reach. */
export function watchPeers(): void {
  const Native = window.RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      window.peers.push(this);
    }
  };
  window.captured = [];
  // Without HTTPS there is none.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) return;
  const capture = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await capture(constraints);
    window.captured.push(...stream.getTracks());
    return stream;
  };
}

/** Sets the page's clock off, in ms; timers and performance.now() go on as they are. */
export function setClockOff(ms: number): void {
  const now = Date.now.bind(Date);
  window.Date = new Proxy(Date, {
    construct: (real, args) =>
      args.length > 0 ? new real(...(args as [number])) : new real(now() + ms),
    get: (real, name) =>
      name === 'now' ? () => now() + ms : (Reflect.get(real, name, real) as unknown),
  });
}

/** Has the browser say that a tenth of our sound is lost on its way; nothing of it is. */
export function claimLoss(): void {
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    override async getStats(): Promise<RTCStatsReport> {
      const claims = new Map<string, object>();
      (await super.getStats()).forEach((entry: { type: string }, id) => {
        const lost = entry.type === 'remote-inbound-rtp' ? { fractionLost: 0.1 } : {};
        claims.set(id, { ...entry, ...lost });
      });
      return claims;
    }
  };
}

/** The ICE generation of the call: the credentials of both sides. */
export function generation(): string {
  const descriptions = window.peers.flatMap((p) => [p.localDescription, p.remoteDescription]);
  return descriptions.map((d) => /a=ice-ufrag:(\S+)/.exec(d?.sdp ?? '')?.[1]).join(' ');
}

/** What a browser says when it has found another network. */
export function changeNetwork(): void {
  window.dispatchEvent(new Event('online'));
}

/** The cameras and microphones that still run. */
export function running(): string[] {
  return window.captured.filter((t) => t.readyState === 'live').map((t) => t.kind);
}

export type Picture = {
  width: number; // of the video itself, pixels
  height: number;
  shown: boolean; // it plays, in a place on the screen
  pixels: number[]; // 32 by 18, red, green and blue
};

/** The other side's picture, as the page shows it; null while it shows none. */
export function remotePicture(): Picture | null {
  const live = window.peers
    .filter((peer) => peer.connectionState !== 'closed')
    .flatMap((peer) => peer.getReceivers().map((receiver) => receiver.track.id));
  const video = [...document.querySelectorAll('video')].find(
    (element) =>
      element.srcObject instanceof MediaStream &&
      element.srcObject.getVideoTracks().some((track) => live.includes(track.id)),
  );
  if (!video || video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(video, 0, 0, 32, 18);
  const { data } = context.getImageData(0, 0, 32, 18);
  const pixels: number[] = [];
  for (let i = 0; i < data.length; i += 4) {
    pixels.push(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0);
  }
  const box = video.getBoundingClientRect();
  const style = getComputedStyle(video);
  return {
    width: video.videoWidth,
    height: video.videoHeight,
    shown:
      !video.paused &&
      box.width > 100 &&
      box.height > 100 &&
      style.visibility === 'visible' &&
      style.opacity !== '0',
    pixels,
  };
}

export type Screen = { width: number; height: number; colour: [number, number, number] };

/** The other side's screen, as the page shows it, and the colour of its middle; null without one. */
export function remoteScreen(): Screen | null {
  const video = document.querySelector<HTMLVideoElement>('.tile--screen video');
  if (!video || video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 3;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(video, 0, 0, 3, 3);
  const [red = 0, green = 0, blue = 0] = context?.getImageData(1, 1, 1, 1).data ?? [];
  return { width: video.videoWidth, height: video.videoHeight, colour: [red, green, blue] };
}

export type Listening = { hz: number; present: boolean; within: number };

/** Waits until the other side's tone is there (three times over), or was away
 * for 1.2 s. Answers '' or what it heard instead. */
export async function listenFor({ hz, present, within }: Listening): Promise<string> {
  // A track that no element plays is not heard, though it could be analysed.
  const find = (): MediaStreamTrack | undefined => {
    const played = [...document.querySelectorAll<HTMLMediaElement>('audio, video')]
      .filter((element) => !element.paused && !element.muted && element.volume > 0)
      .flatMap((element) =>
        element.srcObject instanceof MediaStream ? element.srcObject.getAudioTracks() : [],
      )
      .map((track) => track.id);
    return window.peers
      .filter((peer) => peer.connectionState !== 'closed')
      .flatMap((peer) => peer.getReceivers().map((receiver) => receiver.track))
      .find((track) => track.kind === 'audio' && played.includes(track.id));
  };
  const began = performance.now();
  let track = find();
  while (!track) {
    if (!present) return '';
    if (performance.now() - began > within) return 'no sound that an element plays';
    await new Promise((resolve) => setTimeout(resolve, 50));
    track = find();
  }
  const context = new AudioContext();
  try {
    void context.resume(); // never settles where there is no sound device
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const width = context.sampleRate / analyser.fftSize; // Hz a bin
    let last = performance.now();
    let [seen, away, heard] = [0, 0, 'nothing'];
    while (performance.now() - began < within) {
      await new Promise((resolve) => setTimeout(resolve, 90));
      const passed = performance.now() - last;
      last += passed;
      analyser.getFloatFrequencyData(bins);
      let top = 1;
      for (let i = 1; i < bins.length; i++) {
        if ((bins[i] ?? -Infinity) > (bins[top] ?? -Infinity)) top = i;
      }
      const loud = (bins[top] ?? -Infinity) > -60;
      if (loud) heard = `${Math.round(top * width)} Hz at ${(bins[top] ?? 0).toFixed(0)} dB`;
      const there = loud && Math.abs(top * width - hz) < 25;
      if (there) seen++;
      away = there ? 0 : away + passed;
      if (present ? seen >= 3 : away >= 1_200) return '';
    }
    return heard;
  } finally {
    await context.close();
  }
}

/** Runs before the page's own scripts: in place of the camera and the microphone
 * a black picture that is white, and a silence that beeps with 1 kHz, during
 * the first 100 ms of each second of one clock. */
export function flashAndBeep(): void {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    // Before the user has pressed anything a page may not make sound, not even for a stream.
    addEventListener('click', () => void context.resume(), { capture: true });
    await context.resume();
    const oscillator = new OscillatorNode(context, { frequency: 1_000 });
    const gate = new GainNode(context, { gain: 0 });
    const sound = new MediaStreamAudioDestinationNode(context);
    oscillator.connect(gate).connect(sound);
    oscillator.start();
    for (let second = Math.ceil(context.currentTime); second < 600; second++) {
      gate.gain.setValueAtTime(0.5, second);
      // As long as two pieces of an Ear: one of them is all beep, wherever they begin.
      gate.gain.setValueAtTime(0, second + 0.2);
    }
    const canvas = document.createElement('canvas');
    canvas.width = 640;
    canvas.height = 360;
    const pen = canvas.getContext('2d');
    let noise = 0;
    const draw = (): void => {
      requestAnimationFrame(draw);
      if (!pen) return;
      pen.fillStyle = context.currentTime % 1 < 0.2 ? '#fff' : '#000';
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = '#888'; // a corner that moves, so that each frame is a new one
      pen.fillRect((noise = (noise + 8) % 640), 0, 8, 8);
    };
    draw();
    return new MediaStream([...canvas.captureStream(30).getTracks(), ...sound.stream.getTracks()]);
  };
}

/** Runs before the page's own scripts: the user allows no camera and no microphone. */
export function refuse(): void {
  navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
}
