// A client of the plain schema, as they are out there: no users, no expiry, no
// updates. Its habits are theirs: it adds candidates the moment they come and
// drops those that come too early, reads the offer once and takes one answer.
// Opened with #host=…&project=…, as caller; with &room=… as callee.
import { initializeApp } from 'firebase/app';
import {
  addDoc,
  collection,
  connectFirestoreEmulator,
  doc,
  getDoc,
  getFirestore,
  onSnapshot,
  setDoc,
  updateDoc,
} from 'firebase/firestore';

const asked = new URLSearchParams(location.hash.slice(1));
const [host, port] = (asked.get('host') ?? '').split(':');
const db = getFirestore(initializeApp({ projectId: asked.get('project') ?? '' }));
connectFirestoreEmulator(db, host ?? '', Number(port));

/** @param {string} text */
const say = (text) => document.body.append(document.createElement('p'), text);

const pc = new RTCPeerConnection();
pc.onconnectionstatechange = () => say(`state ${pc.connectionState}`);
const remote = new MediaStream();
pc.ontrack = (/** @type {RTCTrackEvent} */ { track }) => {
  remote.addTrack(track);
  const video = document.querySelector('video');
  if (video) video.srcObject = remote;
};
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
for (const track of stream.getTracks()) pc.addTrack(track, stream);

const id = asked.get('room');
const room = id === null ? doc(collection(db, 'rooms')) : doc(db, 'rooms', id);
const [mine, its] = id === null ? ['caller', 'callee'] : ['callee', 'caller'];
pc.onicecandidate = (/** @type {RTCPeerConnectionIceEvent} */ { candidate }) => {
  if (candidate) void addDoc(collection(room, `${mine}Candidates`), candidate.toJSON());
};

if (id === null) {
  const { type, sdp } = await pc.createOffer();
  await pc.setLocalDescription({ type, sdp: sdp ?? '' }); // the first candidates go out here
  await setDoc(room, { offer: { type, sdp: sdp ?? '' } });
  onSnapshot(room, (now) => {
    /** @type {unknown} */
    const answer = now.data()?.['answer'];
    if (answer && !pc.currentRemoteDescription)
      void pc.setRemoteDescription(/** @type {RTCSessionDescriptionInit} */ (answer));
    if (!now.exists()) say('the room is gone');
  });
  say(`room=${room.id}`);
} else {
  /** @type {unknown} */
  const offer = (await getDoc(room)).data()?.['offer'];
  await pc.setRemoteDescription(/** @type {RTCSessionDescriptionInit} */ (offer));
  const { type, sdp } = await pc.createAnswer();
  await pc.setLocalDescription({ type, sdp: sdp ?? '' });
  await updateDoc(room, { answer: { type, sdp } });
}
onSnapshot(collection(room, `${its}Candidates`), (now) => {
  for (const change of now.docChanges()) {
    if (change.type === 'added') pc.addIceCandidate(change.doc.data()).catch(() => undefined);
  }
});
