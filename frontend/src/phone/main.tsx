import '../style/index.css';
import { render } from 'preact';
import { browserHost } from '../host/browser/browser.ts';
import { words } from '../model/words.ts';
import { LanSignaler } from '../signaling/lan.ts';
import { App } from '../ui/app.tsx';
import { Unsupported, unsupportedTitle } from '../ui/unsupported.tsx';
import { home } from './home.tsx';

const { label } = words;

/** The room that the link in the address bar names; '' where it names none. */
const roomInLink = () => new URLSearchParams(location.hash.slice(1)).get('room') ?? '';

function start(root: HTMLElement): void {
  if (typeof RTCPeerConnection === 'undefined' || !isSecureContext) {
    render(
      <Unsupported title={unsupportedTitle} what={label.noWebRTC} next={label.noWebRTCNext} />,
      root,
    );
    return;
  }
  const host = browserHost(new LanSignaler());
  const show = () => render(<App host={host} home={home(roomInLink())} />, root);
  // Another link that is opened in the same tab only changes the fragment.
  addEventListener('hashchange', show);
  show();
}

const root = document.getElementById('app');
if (root) start(root);
