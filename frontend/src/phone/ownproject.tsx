import { render } from 'preact';
import { firestoreLater } from '../signaling/firestorelater.ts';
import {
  firebaseSettings,
  SettingsError,
  type FirebaseSettings,
} from '../signaling/firestoresettings.ts';
import type { Signaler } from '../signaling/signaling.ts';
import { BadSettings } from './settings.tsx';

/**
 * Begins with rooms in the page's own Firebase project, by the settings in the
 * page; tells the user where they cannot be used.
 */
export function ownProject(
  root: HTMLElement,
  start: (signaler: Signaler, iceServers: RTCIceServer[]) => void,
): void {
  let settings: FirebaseSettings | undefined;
  try {
    settings = firebaseSettings(document);
  } catch (thrown) {
    if (!(thrown instanceof SettingsError)) throw thrown;
    render(<BadSettings why={thrown.message} />, root);
    return;
  }
  if (settings) start(firestoreLater(settings), settings.iceServers ?? []);
}
