// The keys: one listener for a page, so that they work wherever the focus is.
import { useEffect, useRef } from 'preact/hooks';
import type { Actions } from '../host/host.ts';
import { failureOf, isLive, type Failure, type Snapshot } from '../model/snapshot.ts';

/** What does what, as aria-keyshortcuts has it. */
export const keys = {
  microphone: 'M',
  camera: 'V',
  hangUp: 'Control+D',
  shareScreen: 'S',
  fullScreen: 'F',
  help: '?',
  settings: 'Ctrl+,',
} as const;

const texts = 'input, textarea, select, [contenteditable]';
/** What Space presses by itself. */
const pressed = 'button, a, summary, [role="button"]';

/** Listens to the keys while the page is shown; help shows what they do, settings what is set. Phones
 * have no keys: this is the window's alone. */
export function useKeys(
  snapshot: Snapshot,
  actions: Actions,
  report: (failure: Failure) => void,
  help: () => void,
  settings: () => void,
): void {
  const now = useRef({ snapshot, actions, help, settings, report });
  now.current = { snapshot, actions, help, settings, report };
  useEffect(() => {
    let talking = false;
    const run = (action: (() => Promise<unknown>) | undefined) => {
      action?.().catch((thrown: unknown) => now.current.report(failureOf(thrown)));
    };
    const setMicrophone = (on: boolean) => {
      const { setMicrophone: set } = now.current.actions;
      run(set && (() => set(on)));
    };
    const silent = () => {
      if (talking) setMicrophone(false);
      talking = false;
    };
    const press = (key: string, e: KeyboardEvent): boolean => {
      const { microphone, camera, state } = now.current.snapshot;
      const { hangUp, setCamera } = now.current.actions;
      const live = isLive(state);
      if (key === 'ctrl+d' && live) run(hangUp);
      else if (key === 'm') setMicrophone(!microphone.on || microphone.problem !== undefined);
      else if (key === 'v' && setCamera)
        run(() => setCamera(!camera.on || camera.problem !== undefined));
      else if (key === 's') return pressShared();
      else if (key === 'f') run(toggleFullScreen);
      else if (key === 'escape' && document.fullscreenElement) run(toggleFullScreen);
      else if (key === '?') now.current.help();
      else if (key === 'ctrl+,') now.current.settings();
      else if (key === ' ' && live && !microphone.on && !(e.target as Element).closest(pressed)) {
        talking = true;
        setMicrophone(true);
      } else return false;
      return true;
    };
    const down = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.isComposing) return;
      if (talking && e.key === ' ') e.preventDefault(); // it repeats
      if (e.repeat || !(e.target instanceof Element) || e.target.closest(texts)) return;
      if (document.querySelector('dialog[open]')) return; // the dialog's own
      if (press(nameOf(e), e)) e.preventDefault();
    };
    const up = (e: KeyboardEvent) => {
      if (e.key === ' ') silent();
    };
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    addEventListener('blur', silent);
    return () => {
      silent();
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', silent);
    };
  }, []);
}

/** Presses what begins or ends to share: it may have to ask what. */
function pressShared(): boolean {
  const button = document.querySelector<HTMLElement>(`[aria-keyshortcuts="${keys.shareScreen}"]`);
  button?.click();
  return button !== null;
}

/** A key as press knows it. Where a letter's key writes another script, it is
 * what the key is called on a Latin keyboard. */
function nameOf(e: KeyboardEvent): string {
  if (e.altKey || e.metaKey) return '';
  const latin = e.key <= '~' ? e.key : e.code.replace(/^Key/, '');
  const key = latin.toLowerCase();
  return e.ctrlKey ? `ctrl+${key}` : key;
}

async function toggleFullScreen(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await document.documentElement.requestFullscreen();
}
