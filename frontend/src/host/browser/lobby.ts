// Before a call: whoever opened an invite looks at the page, and may join soon. What takes time
// and nobody else notices is done meanwhile; the call takes it over.
//
//	shown ──▶ a connection to the room's server, and a PeerConnection
//	      └─▶ camera and microphone, where the browser will not ask the user
//	hidden ──▶ all of it is let go
import { effect, signal, type ReadonlySignal } from '@preact/signals';

/** How long a browser may think about it, in ms: the page is not shown before. */
const patience = 200;

/** Whether camera and microphone open without a question to the user. */
export async function devicesAllowed(): Promise<boolean> {
  const asked = (['camera', 'microphone'] as const).map(
    async (name) => (await navigator.permissions.query({ name })).state === 'granted',
  );
  const late = new Promise<boolean[]>((resolve) => setTimeout(resolve, patience, [false]));
  try {
    return (await Promise.race([Promise.all(asked), late])).every(Boolean);
  } catch {
    return false; // Firefox before 132 cannot tell
  }
}

/**
 * Holds what prepare makes while the page is shown and no call was begun; the function that
 * prepare returns lets it go.
 */
export function hold(idle: ReadonlySignal<boolean>, prepare: () => () => void): void {
  const shown = signal(!document.hidden);
  document.addEventListener('visibilitychange', () => {
    shown.value = !document.hidden;
  });
  effect(() => {
    if (!shown.value || !idle.value) return undefined;
    const letGo = prepare();
    return () => idle.peek() && letGo(); // else the call has it
  });
}
