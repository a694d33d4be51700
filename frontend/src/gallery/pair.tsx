// Two tabs of one browser in a call, with no server: the rooms are in a
// BroadcastChannel. For development: open /src/gallery/pair.html twice.
import '../style/index.css';
import { render } from 'preact';
import { browserHost } from '../host/browser/browser.ts';
import { home } from '../phone/home.tsx';
import type { Room, RoomEvent, Role, Signaler } from '../signaling/signaling.ts';
import { App } from '../ui/app.tsx';

type Letter = { to: Role; event: RoomEvent } | { hello: true };

function room(id: string, seat: Role): Room {
  const channel = new BroadcastChannel(id);
  const other = seat === 'caller' ? 'callee' : 'caller';
  const sent: Letter[] = [];
  const post = (event: RoomEvent) => {
    const letter: Letter = { to: other, event };
    sent.push(letter);
    channel.postMessage(letter);
    return Promise.resolve();
  };
  return {
    role: seat,
    invite: { room: id, server: '', fingerprint: '' },
    listen(on) {
      channel.onmessage = ({ data }: MessageEvent<Letter>) => {
        if ('hello' in data) {
          sent.forEach((letter) => channel.postMessage(letter));
          on({ type: 'presence', present: true });
        } else if (data.to === seat) on(data.event);
      };
      if (seat === 'callee') channel.postMessage({ hello: true });
    },
    sendDescription: (description) => post({ type: 'description', description }),
    sendCandidate: (candidate) => post({ type: 'candidate', candidate }),
    leave: async () => {
      await post({ type: 'left' });
      channel.close();
    },
  };
}

const signaler: Signaler = {
  create: () => Promise.resolve(room('two-tabs', 'caller')),
  join: (invite) => Promise.resolve(room(invite.room, 'callee')),
};

const root = document.getElementById('app');
const inLink = new URLSearchParams(location.hash.slice(1)).get('room') ?? '';
const host = browserHost(signaler);
Object.assign(window, { parley: host });
if (root) render(<App host={host} home={home(inLink)} />, root);
