import '../style/index.css';
import { render } from 'preact';
import { browserHost } from '../host/browser/browser.ts';
import { ofEachCall } from '../host/browser/later.ts';
import { devicesAllowed } from '../host/browser/lobby.ts';
import { loadLanguage } from '../model/language.ts';
import { label } from '../model/words.ts';
import { LanSignaler } from '../signaling/lan.ts';
import type { Signaler } from '../signaling/signaling.ts';
import { App } from '../ui/app.tsx';
import { fetchParts } from '../ui/later.tsx';
import { Unsupported } from '../ui/unsupported.tsx';
import { home } from './home.tsx';
import { share } from './share.ts';

/** The room that the link in the address bar names; '' where it names none. */
const roomInLink = () => new URLSearchParams(location.hash.slice(1)).get('room') ?? '';

async function start(
  root: HTMLElement,
  signaler: Signaler,
  iceServers: RTCIceServer[],
): Promise<void> {
  // One transport for all media: fewer candidates, each of which may be a write.
  const config: RTCConfiguration = { bundlePolicy: 'max-bundle', iceServers };
  const host = Object.assign(browserHost(signaler, config), { share });
  if (roomInLink()) host.arrive(await devicesAllowed());
  const show = () => render(<App host={host} home={home(roomInLink())} />, root);
  // Another link that is opened in the same tab only changes the fragment.
  addEventListener('hashchange', show);
  show();
  void fetchParts(() => host.snapshot.value.state !== 'idle', Object.values(ofEachCall));
}

/** With rooms in the page's own Firebase project, or on the Parley that serves the page. */
async function begin(root: HTMLElement): Promise<void> {
  await loadLanguage();
  if (typeof RTCPeerConnection === 'undefined' || !isSecureContext) {
    render(
      <Unsupported title={label.unsupported} what={label.noWebRTC} next={label.noWebRTCNext} />,
      root,
    );
  } else if (document.getElementById('firebase')) {
    const { ownProject } = await import('./ownproject.tsx');
    ownProject(root, (signaler, iceServers) => void start(root, signaler, iceServers));
  } else {
    await start(root, new LanSignaler(), []);
  }
}

const root = document.getElementById('app');
if (root) void begin(root);
