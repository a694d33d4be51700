import { useEffect, useRef } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { Hiding } from './hiding.ts';

const floating = '.bar, .room__top';
/** What a user reads or is asked, or has opened. */
const open =
  'dialog[open], .room .notice, .room__hear, .room .details, .room .panel, .chat__unread';

/** What a tap is for itself; any other tap is one on the picture. */
const pressed = 'button, a, input, textarea, select, label, dialog, .panel, .details, .notice';

const within = (state: string) =>
  floating
    .split(', ')
    .map((part) => `.room > ${part}${state}`)
    .join();

function held(): boolean {
  // After a tap, what was tapped counts as hovered on until the next one.
  const pointer = matchMedia('(hover: hover)').matches && document.querySelector(within(':hover'));
  return Boolean(
    document.querySelector(open) ?? document.querySelector(within(' :focus-visible')) ?? pointer,
  );
}

/**
 * Hides the controls of a call while nobody moves. They stay where they are for
 * the keyboard and for screen readers, and come back with a move, a key, a tap, a
 * change of the call. It shows nothing itself: room.css does, by data-quiet.
 */
export function Quiet({ snapshot, said }: { snapshot: Snapshot; said?: number }) {
  const hiding = useRef<Hiding>(undefined);
  useEffect(() => {
    const room = document.querySelector<HTMLElement>('.room');
    const h = new Hiding({ held, show: (shown) => room?.toggleAttribute('data-quiet', !shown) });
    hiding.current = h;
    let at = ''; // a page that changes under a pointer at rest is no move
    let tapped = false;
    let tappedAwake = true;
    const wake = () => h.wake();
    const move = (e: PointerEvent) => {
      const now = `${e.screenX} ${e.screenY}`;
      if (e.pointerType !== 'touch' && at && now !== at) h.wake();
      at = now;
    };
    const down = (e: PointerEvent) => {
      tapped = e.pointerType === 'touch';
      tappedAwake = h.shown;
      if (!tapped) h.wake();
    };
    const click = (e: MouseEvent) => {
      const byTap = tapped;
      tapped = false;
      const target = e.target instanceof Element ? e.target : undefined;
      if (byTap && !tappedAwake) {
        // What nobody saw is not pressed.
        if (target?.closest(floating)) {
          e.preventDefault();
          e.stopPropagation();
        }
      } else if (byTap && target?.closest('.tile') && !target.closest(pressed)) {
        h.hide();
        return;
      }
      h.wake();
    };
    const listen = { capture: true, passive: false };
    const events = { keydown: wake, focusin: wake, wheel: wake, pointermove: move };
    const all = Object.entries({ ...events, pointerdown: down, click });
    for (const [name, f] of all) document.addEventListener(name, f as EventListener, listen);
    return () => {
      for (const [name, f] of all) document.removeEventListener(name, f as EventListener, listen);
      h.close();
    };
  }, []);
  // The user's own devices, and what the other side does, are worth a look.
  const { microphone, camera, other } = snapshot;
  const news = [microphone.on, camera.on, other.microphoneOn, other.cameraOn, said].join();
  useEffect(() => hiding.current?.wake(), [news]);
  useEffect(() => hiding.current?.look());
  return null;
}
