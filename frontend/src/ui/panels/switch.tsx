import { adopt } from '../adopt.ts';
import css from './switch.css?inline';

adopt(css);

interface Props {
  on: boolean;
  /** Takes the box, which shows already what was wanted; without it the switch is disabled. */
  change: ((box: HTMLInputElement) => void) | undefined;
  name: string;
  /** What it means, in smaller words. */
  why: string;
}

export function Switch({ on, change, name, why }: Props) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={on}
        disabled={!change}
        onChange={(e) => change?.(e.currentTarget)}
      />
      <span>
        {name}
        <small>{why}</small>
      </span>
    </label>
  );
}
