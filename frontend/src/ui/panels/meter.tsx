import { useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { panels } from '../../model/panels.ts';

const quietest = -60; // dBov: a silent room
const loudest = -10; // close to the microphone, and loud
const tellEvery = 1_000; // ms

/** Where a level stands between the quietest and the loudest, 0 to 100. */
export const share = (dBov: number): number =>
  Math.round(100 * Math.min(1, Math.max(0, (dBov - quietest) / (loudest - quietest))));

interface Props {
  /** In dBov. */
  level: ReadonlySignal<number>;
  /** Why nothing can be heard. */
  deaf: string | undefined;
}

/**
 * How loud the microphone is. The bar follows at once, drawn beside Preact; who
 * reads the screen with their ears finds a word for it, which is not announced and
 * changes once a second at most.
 */
export function Meter({ level, deaf }: Props) {
  const bar = useRef<HTMLSpanElement>(null);
  const peak = useRef(0);
  const [told, setTold] = useState(0);
  useSignalEffect(() => {
    const now = share(level.value);
    peak.current = Math.max(peak.current, now);
    bar.current?.style.setProperty('--level', String(now / 100));
  });
  useEffect(() => {
    const timer = setInterval(() => {
      setTold(peak.current);
      peak.current = share(level.peek());
    }, tellEvery);
    return () => clearInterval(timer);
  }, [level]);
  const say = panels().devices;
  const { silent, quiet, good, loud } = say.levels;
  const word = told < 5 ? silent : told < 35 ? quiet : told < 90 ? good : loud;
  return (
    <div class="meter">
      <span
        class="meter__bar"
        role="meter"
        aria-label={say.level}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={deaf ? 0 : told}
        aria-valuetext={deaf ?? word}
        data-deaf={deaf !== undefined}
        ref={bar}
      />
      <small>{deaf ?? say.speak}</small>
    </div>
  );
}
