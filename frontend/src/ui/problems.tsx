import { useEffect, useState } from 'preact/hooks';
import type { Code, Failure, Snapshot } from '../model/snapshot.ts';
import { label, sentence, words } from '../model/words.ts';
import { later } from './later.tsx';
import { Notice } from './notice.tsx';

const DeviceNews = later(() => import('./panels/devicenews.tsx').then((m) => m.DeviceNews));

interface Props {
  snapshot: Snapshot;
  failure: Failure | undefined;
  dismissFailure: () => void;
}

/** What does not work in a call that goes on all the same; each can be put away. */
export function Problems({ snapshot, failure, dismissFailure }: Props) {
  const [dismissed, setDismissed] = useState<Code[]>([]);
  const { camera, microphone, speaker, state } = snapshot;
  const devices = [camera, microphone, speaker];
  const present = devices.flatMap((d) => (d.on && d.problem ? [d.problem] : []));
  const list = present.join();
  // A problem that went away and came back is told again.
  useEffect(() => {
    setDismissed((all) => all.filter((c) => list.split(',').includes(c)));
  }, [list]);
  const shown = present.filter((c, i) => !dismissed.includes(c) && present.indexOf(c) === i);
  return (
    <div class="problems">
      {state === 'connected' && camera.paused && <Notice kind="info" sentence={label.oursPaused} />}
      {snapshot.trust.swapped && <Notice kind="alert" sentence={label.swapped} />}
      {failure && <Notice kind="alert" sentence={sentence(failure)} dismiss={dismissFailure} />}
      {devices.some((d) => d.change) && <DeviceNews devices={devices} />}
      {shown.map((c) => (
        <Notice
          key={c}
          kind="alert"
          sentence={words.code[c]}
          dismiss={() => setDismissed((all) => [...all, c])}
        />
      ))}
    </div>
  );
}
