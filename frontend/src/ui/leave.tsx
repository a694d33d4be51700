import PhoneOff from 'lucide/dist/esm/icons/phone-off.mjs';
import type { Actions } from '../host/host.ts';
import { label } from '../model/words.ts';
import { useAction } from './action.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** The question when the window is closed in a call. To close it is to stay. */
export function Leave({ actions }: { actions: Actions }) {
  const { run: quit } = useAction(actions.quit);
  const { run: stay } = useAction(actions.stay);
  return (
    <Dialog title={label.quitInCall} close={() => stay?.()}>
      <p>{label.quitInCallWhy}</p>
      <div class="dialog__choice">
        <Button kind="primary" press={stay}>
          {label.stayInCall}
        </Button>
        <Button icon={PhoneOff} press={quit}>
          {label.quitNow}
        </Button>
      </div>
    </Dialog>
  );
}
