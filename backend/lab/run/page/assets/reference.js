// The least that a call takes, over the same signaling as Parley's: what Chromium
// does by itself is the measure. backend/signaling/PROTOCOL.md, section 3.

/**
 * Camera and microphone are open before a call; where the link says so only with it, as on the
 * phone page of a user who has not allowed them yet.
 */
const open = () =>
  navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  });
const link = new URLSearchParams(location.hash.slice(1));
const asks = link.has('asks');
if (link.has('window')) document.documentElement.className = 'window';
if (!asks) window.devices = open();
window.calls = [];

class Call {
  /** hello is the room server's first message; tracks are what is sent. */
  constructor(hello, { iceServers = [], video = true } = {}) {
    this.caller = hello.type === 'create';
    this.number = this.received = 0;
    this.unacknowledged = [];
    this.seated = new Promise((done) => (this.sit = done));
    this.todo = Promise.resolve(); // messages are taken in their order
    this.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers });
    const remote = document.createElement('video');
    Object.assign(remote, { autoplay: true, muted: true, playsInline: true, width: 640, height: 360 });
    remote.srcObject = new MediaStream();
    document.body.append(remote);
    this.peer.ontrack = ({ track }) => remote.srcObject.addTrack(track);
    this.peer.onicecandidate = ({ candidate }) => candidate && this.send({ type: 'candidate', candidate });
    this.peer.oniceconnectionstatechange = () => this.watch();
    this.ready = window.devices.then(async (stream) => {
      for (const track of stream.getTracks()) if (video || track.kind === 'audio') this.peer.addTrack(track, stream);
      if (link.has('full')) await this.keepSize();
      if (!video) this.peer.addTransceiver('video', { direction: 'recvonly' });
      if (this.caller) this.peer.onnegotiationneeded = () => this.describe();
    });
    window.calls.push(this);
    this.dial(hello);
  }

  dial(hello) {
    this.socket?.close();
    const socket = (this.socket = new WebSocket(`wss://${location.host}/signaling/v1`));
    this.open = false;
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onmessage = ({ data }) => socket === this.socket && this.hear(JSON.parse(data));
    socket.onclose = () => setTimeout(() => socket === this.socket && this.redial(), 200);
  }

  redial() {
    if (this.seat) this.dial({ type: 'resume', room: this.seat.room, token: this.seat.token, received: this.received });
  }

  hear(m) {
    if (m.type === 'ping') this.socket.send('{"type":"pong"}');
    else if (m.type === 'seated') {
      this.seat ??= m;
      this.open = true;
      this.unacknowledged = this.unacknowledged.filter((x) => x.n > (m.received ?? 0));
      for (const x of this.unacknowledged) this.socket.send(JSON.stringify(x));
      this.sit(m.room);
    } else if (m.type === 'ack') this.unacknowledged = this.unacknowledged.filter((x) => x.n > m.n);
    else if (m.n) {
      this.received = m.n;
      this.todo = this.todo.then(() => this.take(m)).catch((e) => console.error(e));
    }
  }

  send(m) {
    m.n = ++this.number;
    this.unacknowledged.push(m);
    if (this.open) this.socket.send(JSON.stringify(m));
  }

  /** Has the picture lose some of itself, or of its number, where it would become smaller. */
  async keepSize() {
    for (const sender of this.peer.getSenders())
      await sender.setParameters({ ...sender.getParameters(), degradationPreference: 'maintain-resolution' });
  }

  async describe() {
    await this.peer.setLocalDescription();
    this.send({ type: 'description', description: this.peer.localDescription });
  }

  async take({ type, description, candidate }) {
    if (type === 'candidate') await this.peer.addIceCandidate(candidate);
    if (type !== 'description') return;
    await this.ready;
    await this.peer.setRemoteDescription(description);
    if (description.type === 'offer') await this.describe();
  }

  /** A restart, as the specification's examples have it (WebRTC, 10.2). */
  watch() {
    if (!['disconnected', 'failed'].includes(this.peer.iceConnectionState)) return;
    this.redial();
    if (this.caller) this.peer.restartIce();
  }
}

window.create = (options) => new Call({ type: 'create' }, options).seated;
window.join = (room, options) => new Call({ type: 'join', room }, options).seated;

const button = document.getElementById('join');
button.onclick = () => {
  window.devices ??= open();
  void window.join(window.room, window.options);
};
if (asks) button.disabled = false;
else
  window.devices.then((stream) => {
    document.getElementById('local').srcObject = stream;
    button.disabled = false;
  });
