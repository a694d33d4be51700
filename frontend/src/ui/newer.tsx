import Download from 'lucide/dist/esm/icons/download.mjs';
import { useState } from 'preact/hooks';
import type { Actions, Release } from '../host/host.ts';
import { label, words } from '../model/words.ts';
import { useAction } from './action.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface Props {
  release: Release;
  actions: Actions;
}

/** Says that there is a newer Parley, until it is dismissed or the program ends. */
export function Newer({ release, actions }: Props) {
  const download = useAction(actions.openDownload);
  const [dismissed, setDismissed] = useState('');
  if (dismissed === release.version) return null;
  return (
    <>
      <Notice
        kind="info"
        sentence={words.newer(release.version)}
        dismiss={() => setDismissed(release.version)}
      />
      <Button kind="quiet" icon={Download} press={download.run && (() => download.run?.())}>
        {label.openDownload}
      </Button>
    </>
  );
}
