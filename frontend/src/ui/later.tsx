import type { ComponentType } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { failureOf } from '../model/snapshot.ts';
import { Report } from './action.ts';

/** A part of a page that is fetched when it is first shown: until then it is nothing. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [, setThere] = useState(loaded !== undefined);
    const report = useContext(Report);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (part) => {
          loaded = part;
          setThere(true);
        },
        (thrown: unknown) => report(failureOf(thrown)),
      );
    }, [report]);
    const Part = loaded;
    return Part ? <Part {...props} /> : null;
  };
}
