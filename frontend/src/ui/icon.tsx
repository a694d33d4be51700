import ArrowRight from 'lucide/dist/esm/icons/arrow-right.mjs';
import Volume from 'lucide/dist/esm/icons/volume-2.mjs';
import { h } from 'preact';

/** A Lucide icon: its shapes on a 24 by 24 grid. */
type Shapes = [tag: string, attributes: Record<string, string | number | undefined>][];

/** Those that point along the line are mirrored where lines run from right to left. */
const pointing: Shapes[] = [ArrowRight, Volume];

/** Drawn beside or instead of words; what it means stands in the name of its button. */
export function Icon({ of, size = 22 }: { of: Shapes; size?: number }) {
  return (
    <svg
      class={pointing.includes(of) ? 'icon icon--points' : 'icon'}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {of.map(([tag, attributes]) => h(tag, attributes))}
    </svg>
  );
}
