import '../style/index.css';
import { render } from 'preact';
import { browserHost } from '../host/browser/browser.ts';
import { words } from '../model/words.ts';
import { firestoreLater } from '../signaling/firestorelater.ts';
import { firebaseSettings } from '../signaling/firestoresettings.ts';
import { LanSignaler } from '../signaling/lan.ts';
import type { Signaler } from '../signaling/signaling.ts';
import { App } from '../ui/app.tsx';
import { Unsupported, unsupportedTitle } from '../ui/unsupported.tsx';
import { home } from './home.tsx';

const { label } = words;

/** The room that the link in the address bar names; '' where it names none. */
const roomInLink = () => new URLSearchParams(location.hash.slice(1)).get('room') ?? '';

/** Rooms on the Parley that serves this page, or in the page's own Firebase project. */
function signaler(): Signaler {
  const settings = firebaseSettings(document);
  return settings ? firestoreLater(settings) : new LanSignaler();
}

function start(root: HTMLElement): void {
  if (typeof RTCPeerConnection === 'undefined' || !isSecureContext) {
    render(
      <Unsupported title={unsupportedTitle} what={label.noWebRTC} next={label.noWebRTCNext} />,
      root,
    );
    return;
  }
  let rooms: Signaler;
  try {
    rooms = signaler();
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : '';
    render(
      <Unsupported
        title={label.badSettings}
        what={`${label.badSettingsWhat} ${why}.`}
        next={label.badSettingsNext}
      />,
      root,
    );
    return;
  }
  // One transport for all media: a third of the candidates, and each is a write.
  const host = browserHost(rooms, { bundlePolicy: 'max-bundle' });
  const show = () => render(<App host={host} home={home(roomInLink())} />, root);
  // Another link that is opened in the same tab only changes the fragment.
  addEventListener('hashchange', show);
  show();
}

const root = document.getElementById('app');
if (root) start(root);
