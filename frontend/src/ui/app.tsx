import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Host } from '../host/host.ts';
import { remember, type History } from '../model/history.ts';
import { failureOf, isLive, type Failure, type Snapshot } from '../model/snapshot.ts';
import { outcome, sentence } from '../model/words.ts';
import { Report } from './action.ts';
import { Notice } from './notice.tsx';
import { Room } from './room.tsx';
import { title } from './status.tsx';

/** What a page shows while there is no call. */
export interface HomeProps {
  host: Host;
  snapshot: Snapshot;
  /** How the last call or the last action went; nothing where all is well. */
  notice: ComponentChildren;
}

interface AppProps {
  host: Host;
  home: ComponentType<HomeProps>;
  /** What else the page has, in a call and without one. */
  children?: ComponentChildren;
}

/** How long the room waits for the answer, in ms. */
const answerFirst = 100;

/**
 * Whether the room is shown: once the answer is out, or soon. To draw it takes a phone as long as
 * to answer, and that goes first.
 */
function useRoom({ state, role }: Snapshot): boolean {
  const answering = role === 'callee' && (state === 'preparing' || state === 'waiting');
  const [late, setLate] = useState(answering); // a page that begins in a call
  useEffect(() => {
    if (!answering) return undefined;
    const timer = setTimeout(() => setLate(true), answerFirst);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [answering]);
  return isLive(state) && (late || !answering);
}

/** A page: its own home, and the room that all pages share. */
export function App({ host, home: Home, children }: AppProps) {
  const snapshot = host.snapshot.value;
  const { state } = snapshot;
  const live = isLive(state);
  const inRoom = useRoom(snapshot);
  const [failure, setFailure] = useState<Failure>();
  const [dismissed, setDismissed] = useState(false);
  const [history, setHistory] = useState<History>([]);
  const stats = host.stats.value;
  useEffect(() => setHistory((past) => (stats ? remember(past, stats) : [])), [stats]);
  useEffect(() => {
    if (!live) return;
    setFailure(undefined);
    setDismissed(false);
  }, [live]);
  const link = host.link?.value;
  useEffect(() => {
    if (!link) return;
    host.join?.(link.text).catch((thrown: unknown) => setFailure(failureOf(thrown)));
  }, [host, link]);
  useEffect(() => void (document.title = title(state)), [state]);

  const last = dismissed ? undefined : outcome(snapshot);
  const told = failure ? sentence(failure) : last;
  const calm = !failure && snapshot.state === 'ended' && snapshot.reason !== 'other_lost';
  const notice = told && (
    <Notice
      kind={calm ? 'info' : 'alert'}
      sentence={told}
      dismiss={() => {
        setFailure(undefined);
        setDismissed(true);
      }}
    />
  );
  return (
    <Report.Provider value={setFailure}>
      {inRoom ? (
        <Room
          snapshot={snapshot}
          history={history}
          actions={host}
          attach={host.attach}
          mirrored={host.mirrored.value}
          failure={failure}
          dismissFailure={() => setFailure(undefined)}
        />
      ) : (
        <Home host={host} snapshot={snapshot} notice={notice} />
      )}
      {children}
    </Report.Provider>
  );
}
