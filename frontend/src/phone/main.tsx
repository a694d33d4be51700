import '../style/index.css';
import { render } from 'preact';
import { browserHost } from '../host/browser/browser.ts';
import { loadLanguage } from '../model/language.ts';
import { label } from '../model/words.ts';
import { firestoreLater } from '../signaling/firestorelater.ts';
import {
  firebaseSettings,
  SettingsError,
  type FirebaseSettings,
} from '../signaling/firestoresettings.ts';
import { LanSignaler } from '../signaling/lan.ts';
import type { Signaler } from '../signaling/signaling.ts';
import { App } from '../ui/app.tsx';
import { Unsupported } from '../ui/unsupported.tsx';
import { home } from './home.tsx';
import { BadSettings } from './settings.tsx';
import { share } from './share.ts';

/** The room that the link in the address bar names; '' where it names none. */
const roomInLink = () => new URLSearchParams(location.hash.slice(1)).get('room') ?? '';

/** Rooms in the page's own Firebase project, or on the Parley that serves the page. */
function signaler(settings: FirebaseSettings | undefined): Signaler {
  return settings ? firestoreLater(settings) : new LanSignaler();
}

function start(root: HTMLElement): void {
  if (typeof RTCPeerConnection === 'undefined' || !isSecureContext) {
    render(
      <Unsupported title={label.unsupported} what={label.noWebRTC} next={label.noWebRTCNext} />,
      root,
    );
    return;
  }
  // One transport for all media: fewer candidates, each of which may be a write.
  const settings = firebaseSettings(document);
  const { iceServers = [] } = settings ?? {};
  const config: RTCConfiguration = { bundlePolicy: 'max-bundle', iceServers };
  const host = Object.assign(browserHost(signaler(settings), config), { share });
  const show = () => render(<App host={host} home={home(roomInLink())} />, root);
  // Another link that is opened in the same tab only changes the fragment.
  addEventListener('hashchange', show);
  show();
}

/** What starts says when the page cannot: its settings. */
function begin(root: HTMLElement): void {
  try {
    start(root);
  } catch (thrown) {
    if (!(thrown instanceof SettingsError)) throw thrown;
    render(<BadSettings why={thrown.message} />, root);
  }
}

const root = document.getElementById('app');
if (root) void loadLanguage().then(() => begin(root));
