import Check from 'lucide/dist/esm/icons/check.mjs';
import Minus from 'lucide/dist/esm/icons/minus.mjs';
import Refresh from 'lucide/dist/esm/icons/refresh-cw.mjs';
import TriangleAlert from 'lucide/dist/esm/icons/triangle-alert.mjs';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Actions, Finding } from '../host/host.ts';
import { desktop } from '../model/desktop.ts';
import { said } from '../model/findings.ts';
import { failureOf } from '../model/snapshot.ts';
import { gap } from '../model/words.ts';
import { Report } from './action.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';

const icons = { ok: Check, warning: TriangleAlert, problem: TriangleAlert, skipped: Minus };

/** Checks what a call needs, and says of each thing whether it works and what to do. */
export function Doctor({ examine, close }: { examine: Actions['examine']; close: () => void }) {
  const report = useContext(Report);
  const [findings, setFindings] = useState<Finding[]>([]);
  const [run, setRun] = useState(0);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let gone = false;
    setFindings([]);
    setBusy(true);
    examine?.((f) => gone || setFindings((before) => [...before, f]))
      .catch((thrown: unknown) => gone || report(failureOf(thrown)))
      .finally(() => gone || setBusy(false));
    return () => void (gone = true);
  }, [examine, report, run]);
  return (
    <Dialog title={desktop().doctor} close={close}>
      <ul class="findings" aria-busy={busy}>
        {findings.map((f) => (
          <li key={f.check} data-level={f.level}>
            <Icon of={icons[f.level]} size={20} />
            <p>
              <span class="visually-hidden">{desktop().level[f.level]} </span>
              <Said {...said(f)} />
            </p>
          </li>
        ))}
      </ul>
      <p role="status" class="soft">
        {busy ? desktop().examining : desktop().examined}
      </p>
      <Button kind="quiet" icon={Refresh} press={() => setRun(run + 1)} busy={busy}>
        {desktop().examineAgain}
      </Button>
    </Dialog>
  );
}

function Said({ what, next, lang }: ReturnType<typeof said>) {
  return (
    <bdi lang={lang}>
      {what}
      {next && gap(what)}
      {next && <span class="soft">{next}</span>}
    </bdi>
  );
}
