import PhoneOff from 'lucide/dist/esm/icons/phone-off.mjs';
import type { Host } from '../host/host.ts';
import { isLive } from '../model/snapshot.ts';
import { desktop } from '../model/desktop.ts';
import { useAction } from '../ui/action.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';

/** The question when the window is closed in a call. To close it is to stay. */
export function Leave({ host }: { host: Host }) {
  const { run: quit } = useAction(host.quit);
  const { run: stay } = useAction(host.stay);
  if (!host.leaving?.value || !isLive(host.snapshot.value.state)) return null;
  const { quitInCall, quitInCallWhy, stayInCall, quitNow } = desktop();
  return (
    <Dialog title={quitInCall} close={() => stay?.()}>
      <p>{quitInCallWhy}</p>
      <div class="dialog__choice">
        <Button kind="primary" press={stay}>
          {stayInCall}
        </Button>
        <Button icon={PhoneOff} press={quit}>
          {quitNow}
        </Button>
      </div>
    </Dialog>
  );
}
