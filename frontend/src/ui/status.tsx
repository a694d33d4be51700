import { useEffect, useState } from 'preact/hooks';
import { isLive, type State } from '../model/snapshot.ts';
import { label, words } from '../model/words.ts';

/** The state in words, read out when it changes, with a running clock that is not. */
export function Status({ state }: { state: State }) {
  return (
    <div class="pill" data-state={state}>
      <span class="pill__dot" />
      <span role="status">{words.state[state]}</span>
      {(state === 'connected' || state === 'reconnecting') && (
        <Clock hidden={state !== 'connected'} />
      )}
    </div>
  );
}

/** Goes on where it is hidden: beside longer words it would move. */
function Clock({ hidden }: { hidden: boolean }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const begin = Date.now();
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - begin) / 1000)), 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="pill__clock" role="timer" hidden={hidden}>
      {clock(seconds)}
    </span>
  );
}

/** 65 is 1:05, 3665 is 1:01:05. */
export function clock(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** The title of the window or the tab. */
export const title = (state: State): string =>
  isLive(state) ? `${words.state[state]} · ${label.app}` : label.app;
