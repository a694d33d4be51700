import type { Host } from '../host/host.ts';
import { desktop } from '../model/desktop.ts';
import { label } from '../model/words.ts';
import { useAction } from '../ui/action.ts';
import { Button } from '../ui/button.tsx';
import { Heard } from '../ui/notice.tsx';

/** Asks whether to go where a link from elsewhere leads. */
export function Invited({ host }: { host: Host }) {
  const accept = useAction(host.accept);
  const decline = useAction(host.decline);
  if (!host.invited?.value) return null;
  const say = desktop().invited;
  return (
    <section class="notice notice--info offer" role="status">
      <Heard>
        <strong>{say.title}</strong> {say.why}
      </Heard>
      <div class="dialog__choice">
        <Button kind="primary" press={accept.run && (() => accept.run?.())} busy={accept.busy}>
          {label.join}
        </Button>
        <Button press={decline.run && (() => decline.run?.())}>{label.dismiss}</Button>
      </div>
    </section>
  );
}
