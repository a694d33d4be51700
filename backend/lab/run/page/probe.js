// Runs in a page ahead of its own scripts. It keeps the PeerConnections in reach,
// and writes down each picture of the other side that the page shows: its number,
// when, and its size. The row of cells is that of backend/lab/picture.
(() => {
  const cells = 20;
  const rows = 9;
  const numberBits = 10;
  const sumBits = 8;
  // blind looks at no picture: that takes time where a call is weighed.
  const lab = { peers: [], shown: [], captured: [], samples: [], joined: 0, blind: false };
  window.lab = lab;

  const Native = window.RTCPeerConnection;
  if (!Native) return;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration) {
      super(configuration);
      lab.peers.push(this);
    }
  };

  const canvas = new OffscreenCanvas(cells * 4, 4);
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });

  /** The number in the picture, or -1 where there is none. */
  function read(video) {
    const { videoWidth: w, videoHeight: h } = video;
    context.drawImage(video, 0, 0, w, h / rows, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 2, canvas.width, 1);
    const white = (cell) => (data[(cell * 4 + 2) * 4 + 1] > 125 ? 1 : 0);
    const bits = (from, count) => {
      let value = 0;
      for (let i = from; i < from + count; i++) value = value * 2 + white(i);
      return value;
    };
    const number = bits(2, numberBits);
    const sum = bits(2 + numberBits, sumBits);
    return white(0) && !white(1) && sum === (number * 37 + 90) % 251 ? number : -1;
  }

  const small = new OffscreenCanvas(320, 180);
  const smallContext = small.getContext('2d', { willReadFrequently: true, alpha: false });

  /** Keeps the picture's luma (BT.601, as the film has it) in base64. */
  function keep(video, n, at) {
    smallContext.drawImage(video, 0, 0, small.width, small.height);
    const { data } = smallContext.getImageData(0, 0, small.width, small.height);
    let luma = '';
    for (let i = 0; i < data.length; i += 4) {
      const y = 16 + (65.481 * data[i] + 128.553 * data[i + 1] + 24.966 * data[i + 2]) / 255;
      luma += String.fromCharCode(Math.round(y));
    }
    lab.samples.push({ n, at, luma: btoa(luma) });
  }

  function watch(video) {
    let presented = 0;
    const look = (_, frame) => {
      const n = read(video);
      const at = performance.timeOrigin + frame.presentationTime;
      if (n >= 0 && at >= (lab.samples.at(-1)?.at ?? 0) + 1000) keep(video, n, at);
      lab.shown.push({
        n,
        at,
        width: frame.width,
        height: frame.height,
        // Pictures shown that this loop was too late for.
        missed: presented ? frame.presentedFrames - presented - 1 : 0,
      });
      presented = frame.presentedFrames;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }

  /** Writes down when the camera took which picture, as the browser tells it. */
  lab.watchCamera = (video) => {
    const look = (_, frame) => {
      lab.captured.push({ Number: read(video), At: performance.timeOrigin + frame.captureTime });
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };

  /** Watches the self-view; false while there is none. */
  lab.watchSelf = () => {
    for (const video of document.querySelectorAll('video')) {
      const [track] = video.srcObject?.getVideoTracks() ?? [];
      if (!track || lab.remote(track)) continue;
      lab.watchCamera(video);
      return true;
    }
    return false;
  };
  lab.remote = (track) => lab.peers.some((p) => p.getReceivers().some((r) => r.track.id === track.id));

  const watched = new WeakSet();
  setInterval(() => {
    if (lab.blind) return;
    for (const video of document.querySelectorAll('video')) {
      const tracks = video.srcObject?.getVideoTracks() ?? [];
      if (watched.has(video) || !tracks.some(lab.remote)) continue;
      watched.add(video);
      watch(video);
    }
  }, 10);

  /** Writes down the samples of a track from now on, and when each portion of them came. */
  async function listen(track, sound) {
    const processor = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 });
    const reader = processor.readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const pcm = new Float32Array(value.numberOfFrames);
      value.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
      sound.at.push(performance.timeOrigin + value.timestamp / 1000);
      sound.rate.push(value.sampleRate);
      sound.pcm.push(Int16Array.from(pcm, (v) => Math.max(-1, Math.min(v, 1)) * 32767));
      value.close();
    }
  }

  /** Listens to what the page hears, or to what it says; false while there is neither. */
  lab.listen = (heard) => {
    for (const peer of lab.peers) {
      for (const { track } of heard ? peer.getReceivers() : peer.getSenders()) {
        if (track?.kind !== 'audio' || track.readyState !== 'live' || peer.connectionState !== 'connected') continue;
        lab.sound = { at: [], rate: [], pcm: [] };
        void listen(track, lab.sound);
        return true;
      }
    }
    return false;
  };

  /**
   * What was listened to; the samples in base64, 16 bits each. The call ends with it: telling
   * all that was seen and heard takes twice as long beside one.
   */
  lab.listened = () => {
    for (const peer of lab.peers) peer.close();
    const { at, rate, pcm } = lab.sound;
    let bytes = '';
    for (const portion of pcm) bytes += String.fromCharCode(...new Uint8Array(portion.buffer));
    return { at, rate, sizes: pcm.map((p) => p.length), pcm: btoa(bytes) };
  };

  /** What came in so far, of the last PeerConnection that has any. */
  lab.counters = async () => {
    const sum = { samples: 0, concealed: 0, silent: 0, held: 0, emitted: 0, decoded: 0, freezes: 0, bytes: 0, packets: 0, lost: 0 };
    for (const peer of lab.peers) {
      for (const s of (await peer.getStats()).values()) {
        if (s.type !== 'inbound-rtp') continue;
        if (s.kind === 'audio') {
          sum.concealed += s.concealedSamples ?? 0;
          sum.silent += s.silentConcealedSamples ?? 0;
          sum.samples += s.totalSamplesReceived ?? 0;
          sum.held += s.jitterBufferDelay ?? 0;
          sum.emitted += s.jitterBufferEmittedCount ?? 0;
        } else {
          sum.decoded += s.framesDecoded ?? 0;
          sum.freezes += s.freezeCount ?? 0;
          sum.bytes += s.bytesReceived ?? 0;
          sum.packets += s.packetsReceived ?? 0;
          sum.lost += s.packetsLost ?? 0;
        }
      }
    }
    return sum;
  };

  /** How media comes: the types of the two candidates in use, and the transport. */
  lab.path = async () => {
    for (const peer of lab.peers) {
      const stats = await peer.getStats();
      for (const s of stats.values()) {
        if (s.type !== 'transport' || !s.selectedCandidatePairId) continue;
        const pair = stats.get(s.selectedCandidatePairId);
        const local = stats.get(pair.localCandidateId);
        const remote = stats.get(pair.remoteCandidateId);
        return `${local.candidateType}/${remote.candidateType} ${local.relayProtocol ?? local.protocol}`;
      }
    }
    return '';
  };

  /**
   * Presses the phone page's Join a second after it is there, which is as soon as a person does.
   * Where camera and microphone are allowed, the page shows its camera by then.
   */
  lab.join = async (allowed) => {
    const shows = () => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0);
    for (let i = 0; i < 600; i++) {
      const button = [...document.querySelectorAll('button')].find(
        (b) => /^\s*join/i.test(b.innerText) && !b.disabled,
      );
      if (button && (shows() || !allowed)) {
        await new Promise((done) => setTimeout(done, 1000));
        lab.joined = performance.timeOrigin + performance.now();
        button.click();
        return true;
      }
      await new Promise((done) => setTimeout(done, 25));
    }
    return false;
  };
})();
