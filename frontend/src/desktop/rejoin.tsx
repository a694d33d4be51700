import type { Host } from '../host/host.ts';
import { desktop } from '../model/desktop.ts';
import { label } from '../model/words.ts';
import { useAction } from '../ui/action.ts';
import { Button } from '../ui/button.tsx';
import { Heard } from '../ui/notice.tsx';

/** Offers the call that a crash ended, or the room whose other side was lost. */
export function Rejoin({ host }: { host: Host }) {
  const offer = host.offer?.value;
  const rejoin = useAction(host.rejoin);
  const dismiss = useAction(host.dismissOffer);
  if (!offer) return null;
  const say = desktop().crash;
  const { role, reopens, crashed } = offer;
  const why = role === 'callee' ? say.callee : reopens ? say.reopen : say.create;
  const name = !crashed ? say.again : role === 'caller' && !reopens ? label.createRoom : say.rejoin;
  return (
    <section class="notice notice--info offer" role="status">
      <Heard>
        {crashed && <strong>{say.title}</strong>} {crashed ? why : say.lost}
      </Heard>
      <div class="dialog__choice">
        <Button kind="primary" press={rejoin.run && (() => rejoin.run?.())} busy={rejoin.busy}>
          {name}
        </Button>
        <Button press={dismiss.run && (() => dismiss.run?.())}>{label.dismiss}</Button>
      </div>
    </section>
  );
}
