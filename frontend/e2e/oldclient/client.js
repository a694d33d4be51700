// A client of the plain schema, as there are many: no users, no expiry, no
// later descriptions, one call a page. Its habits are theirs, and on purpose:
// a candidate that comes before the description is lost, the offer is read
// once, a second answer is ignored. The tests press window.oldClient.
import { initializeApp } from 'firebase/app';
import {
  addDoc,
  collection,
  connectFirestoreEmulator,
  deleteDoc,
  doc,
  getDoc,
  getDocs,
  getFirestore,
  onSnapshot,
  serverTimestamp,
  setDoc,
  updateDoc,
} from 'firebase/firestore';

// project, emulator=HOST:PORT; candidates=before: written before the room's
// document, or before the answer; ufrag=no: without usernameFragment; shuffle=NUMBER: all candidates
// in one go, in an order made of the number.
const options = new URLSearchParams(location.search);
const [host, port] = options.get('emulator').split(':');
const db = getFirestore(initializeApp({ projectId: options.get('project') }));
connectFirestoreEmulator(db, host, Number(port));

const peer = new RTCPeerConnection();
const told = []; // what happened, for the test to read
const counts = { written: 0, added: 0, lost: 0, answersIgnored: 0 };
let room; // its document
let allWritten; // a promise: our candidates are in the database
let hearsOfEnd; // then the listener for it stands: the emulator drops what a new one should hear
const listening = new Promise((resolve) => (hearsOfEnd = resolve));

const tell = (what) => told.push(`${Math.round(performance.now())} ms: ${what}`);
peer.onconnectionstatechange = () => tell(`connection ${peer.connectionState}`);
peer.ontrack = ({ streams }) => {
  document.getElementById('remote').srcObject = streams[0];
};

async function openCamera() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  document.getElementById('local').srcObject = stream;
  stream.getTracks().forEach((track) => peer.addTrack(track, stream));
}

/** Writes our candidates as they are found, once the gate opens. */
function collectCandidates(name, gate) {
  const write = async (candidate) => {
    await gate;
    const json = candidate.toJSON();
    if (options.get('ufrag') === 'no') delete json.usernameFragment;
    counts.written++;
    await addDoc(collection(room, name), json);
  };
  const seed = options.get('shuffle');
  const held = [];
  const writing = [];
  let gathered;
  const done = new Promise((resolve) => (gathered = resolve));
  // Settled: what the SDK sends a second time fails, because it is there.
  allWritten = done.then(() => Promise.allSettled(writing));
  peer.addEventListener('icecandidate', ({ candidate }) => {
    // An empty one only ends them.
    if (candidate?.candidate) {
      if (seed === null) writing.push(write(candidate));
      else held.push(candidate);
    }
    if (candidate) return;
    for (const one of shuffled(held, Number(seed))) writing.push(write(one));
    gathered();
  });
  return done;
}

/** Fisher and Yates, with the random numbers of a small generator (mulberry32). */
function shuffled(list, seed) {
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** Adds the other side's candidates on the spot, or loses them. */
function listenForCandidates(name) {
  onSnapshot(collection(room, name), (snapshot) => {
    for (const change of snapshot.docChanges()) {
      if (change.type !== 'added') continue;
      peer.addIceCandidate(new RTCIceCandidate(change.doc.data())).then(
        () => counts.added++,
        (error) => {
          counts.lost++;
          tell(`candidate lost: ${error.message}`);
        },
      );
    }
  });
}

function listenForEnd() {
  onSnapshot(room, { includeMetadataChanges: true }, (snapshot) => {
    if (!snapshot.metadata.fromCache) hearsOfEnd();
    if (!snapshot.exists() && !snapshot.metadata.fromCache && peer.connectionState !== 'closed') {
      tell('the room is gone');
      peer.close();
    }
  });
}

/** Makes a room and gives its ID: 20 letters and digits of Firestore's. */
async function create() {
  await openCamera();
  room = doc(collection(db, 'rooms'));
  const before = options.get('candidates') === 'before';
  let open;
  const written = new Promise((resolve) => (open = resolve));
  const gathered = collectCandidates('callerCandidates', before ? undefined : written);
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  if (before) await gathered;
  await setDoc(room, { offer: { type: offer.type, sdp: offer.sdp }, createdAt: serverTimestamp() });
  tell('offer written');
  open();
  onSnapshot(room, async (snapshot) => {
    const answer = snapshot.data()?.answer;
    if (!answer) return;
    if (peer.currentRemoteDescription) {
      if (answer.sdp !== peer.currentRemoteDescription.sdp) counts.answersIgnored++;
      return;
    }
    await peer.setRemoteDescription(new RTCSessionDescription(answer));
    tell('answer taken');
  });
  listenForCandidates('calleeCandidates');
  listenForEnd();
  // Nobody has the room ID before the room is listened to: the emulator, unlike
  // Firestore, may drop an answer that comes while that begins.
  await listening;
  return room.id;
}

/** Joins a room: its offer is read once, now. */
async function join(id) {
  room = doc(db, 'rooms', id);
  const snapshot = await getDoc(room);
  if (!snapshot.exists()) throw new Error(`there is no room ${id}`);
  await openCamera();
  const before = options.get('candidates') === 'before';
  const gathered = collectCandidates('calleeCandidates');
  await peer.setRemoteDescription(new RTCSessionDescription(snapshot.data().offer));
  tell('offer taken');
  const answer = await peer.createAnswer();
  await peer.setLocalDescription(answer);
  if (before) await gathered;
  await updateDoc(room, { answer: { type: answer.type, sdp: answer.sdp } });
  tell('answer written');
  listenForCandidates('callerCandidates');
  listenForEnd();
}

/** Deletes both subcollections and the room. */
async function hangUp() {
  peer.close();
  for (const name of ['callerCandidates', 'calleeCandidates']) {
    const all = await getDocs(collection(room, name));
    await Promise.all(all.docs.map((candidate) => deleteDoc(candidate.ref)));
  }
  await deleteDoc(room);
  tell('hung up');
}

window.oldClient = {
  create,
  join,
  hangUp,
  settled: () => Promise.all([allWritten, listening]).then(() => undefined),
  state: () => ({ connection: peer.connectionState, ...counts }),
  told: () => told,
};
