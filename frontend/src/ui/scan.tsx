import ScanIcon from 'lucide/dist/esm/icons/scan-line.mjs';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Actions } from '../host/host.ts';
import { failureOf } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { Report } from './action.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

interface Props {
  /** Missing where no camera can be looked through: then there is no button. */
  scan: Actions['scan'];
  found: (code: string) => void;
}

/** Opens a viewfinder, and closes it when a code was read. */
export function ScanButton({ scan, found }: Props) {
  const [open, setOpen] = useState(false);
  if (!scan) return null;
  return (
    <>
      <Button icon={ScanIcon} press={() => setOpen(true)}>
        {label.scan}
      </Button>
      {open && (
        <Dialog title={label.scan} close={() => setOpen(false)}>
          <Viewfinder
            scan={scan}
            found={(code) => {
              setOpen(false);
              found(code);
            }}
            failed={() => setOpen(false)}
          />
        </Dialog>
      )}
    </>
  );
}

interface ViewfinderProps {
  scan: NonNullable<Actions['scan']>;
  found: (code: string) => void;
  failed: () => void;
}

function Viewfinder({ scan, found, failed }: ViewfinderProps) {
  const box = useRef<HTMLDivElement>(null);
  const report = useContext(Report);
  const on = useRef({ found, failed });
  on.current = { found, failed };
  useEffect(() => {
    if (!box.current) return undefined;
    return scan(
      box.current,
      (code) => on.current.found(code),
      (thrown) => {
        report(failureOf(thrown));
        on.current.failed();
      },
    );
  }, [scan, report]);
  return (
    <>
      <div class="viewfinder" ref={box} />
      <p class="soft" role="status">
        {label.scanning}
      </p>
    </>
  );
}
