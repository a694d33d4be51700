import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import { failureOf, type Failure } from '../model/snapshot.ts';

/** Takes the failures of actions, and undefined when a new one begins. */
export const Report = createContext<(f: Failure | undefined) => void>(() => undefined);

/**
 * An action for a button: run is missing where the action is; busy while it is
 * under way. A switch may be pressed again meanwhile.
 */
export function useAction<A extends unknown[]>(
  action: ((...args: A) => Promise<unknown>) | undefined,
): { run: ((...args: A) => void) | undefined; busy: boolean } {
  const report = useContext(Report);
  const [busy, setBusy] = useState(false);
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => void (mounted.current = false);
  }, []);
  const run = useCallback(
    (...args: A) => {
      if (!action) return;
      setBusy(true);
      report(undefined);
      action(...args)
        .catch((thrown: unknown) => report(failureOf(thrown)))
        .finally(() => mounted.current && setBusy(false));
    },
    [action, report],
  );
  return { run: action && run, busy };
}
