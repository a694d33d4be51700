import type { ComponentType } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { failureOf } from '../model/snapshot.ts';
import { Report } from './action.ts';

const shownByAll: (() => Promise<unknown>)[] = [];
const others: (() => Promise<unknown>)[] = [];

/**
 * Fetches parts until a call begins, those that each call shows first, after what else each uses. In
 * it they would take the place of picture and sound on a narrow link, just when both sides find out how
 * much it carries; what is left comes when it is first shown. One after the other: who joins at once
 * does not wait for all of them.
 */
export async function fetchParts(
  begun: () => boolean,
  used: (() => Promise<unknown>)[] = [],
): Promise<void> {
  await Promise.allSettled(used.map((load) => load()));
  for (const load of [...shownByAll, ...others]) if (!begun()) await load().catch(() => undefined);
}

/** A part of a page that is fetched when it is first shown: until then it is nothing. */
export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
  eachCall = false,
): ComponentType<P> {
  let Part: ComponentType<P> | undefined;
  const fetch = async () => void (Part ??= await load());
  (eachCall ? shownByAll : others).push(fetch);
  return function Later(props: P) {
    const [, setThere] = useState(Part !== undefined);
    const report = useContext(Report);
    useEffect(() => {
      fetch().then(
        () => setThere(true),
        (thrown: unknown) => report(failureOf(thrown)),
      );
    }, [report]);
    return Part ? <Part {...props} /> : null;
  };
}
