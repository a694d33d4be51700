import Download from 'lucide/dist/esm/icons/download.mjs';
import { useState } from 'preact/hooks';
import type { Host } from '../host/host.ts';
import { desktop } from '../model/desktop.ts';
import { useAction } from '../ui/action.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** Says that there is a newer Parley, until it is dismissed or the program ends. */
export function Newer({ host }: { host: Host }) {
  const download = useAction(host.openDownload);
  const [dismissed, setDismissed] = useState('');
  const version = host.newer?.value?.version;
  if (version === undefined || version === dismissed) return null;
  return (
    <>
      <Notice
        kind="info"
        sentence={desktop().newer(version)}
        dismiss={() => setDismissed(version)}
      />
      <Button kind="quiet" icon={Download} press={download.run && (() => download.run?.())}>
        {desktop().openDownload}
      </Button>
    </>
  );
}
