import { h } from 'preact';

/** A Lucide icon: its shapes on a 24 by 24 grid. */
type Shapes = [tag: string, attributes: Record<string, string | number | undefined>][];

/** Drawn beside or instead of words; what it means stands in the name of its button. */
export function Icon({ of, size = 22 }: { of: Shapes; size?: number }) {
  return (
    <svg
      class="icon"
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
