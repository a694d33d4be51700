// The real window in a call with a phone, by invite link.
import { loopback } from './cli.js';
import { Desktop, type Window } from './desktop.js';
import { chromium, type Phone } from './phone.js';
import type { Cleanup } from './process.js';
import type { Ear } from './sound.js';

export const OURS = 700; // Hz, the tone that the desktop's microphone hears
export const THEIRS = 1_100; // Hz, the phone's

export type Scene = { window: Window; phone: Phone; ear: Ear; link: string };

/** The window creates a room, and the phone joins it. */
export async function callWith(
  cleanup: Cleanup,
  browser: (cleanup: Cleanup, hz: number) => Promise<Phone> = chromium,
): Promise<Scene> {
  const [desktop, phone] = await Promise.all([Desktop.start(cleanup), browser(cleanup, THEIRS)]);
  desktop.sound.speak(OURS);
  const window = await desktop.open(['--camera', 'test', ...loopback]);
  await window.press('Create room');
  const link = await window.invite();
  await phone.join(link);
  await Promise.all([window.says('Connected'), phone.says(/Connected/)]);
  return { window, phone, ear: desktop.sound.listen(), link };
}
