import Check from 'lucide/dist/esm/icons/arrow-right.mjs';
import { useId, useState } from 'preact/hooks';
import type { Actions } from '../host/host.ts';
import type { Role } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { useAction } from './action.ts';
import { Button, CopyButton } from './button.tsx';
import { Qr } from './qr.tsx';
import { ScanButton } from './scan.tsx';

interface Props {
  role: Role;
  code: string;
  actions: Actions;
}

/** What the two people carry between them: our code, and a place for the other side's. */
export function ByHand({ role, code, actions }: Props) {
  return (
    <div class="invite by-hand">
      <Qr text={code} name={label.qrCode} />
      <div class="invite__words">
        <p class="soft">{role === 'caller' ? label.byHandIntro : label.byHandBack}</p>
        <p class="invite__link" dir="ltr">
          {code}
        </p>
        <CopyButton kind="primary" name={label.copyCode} text={code} copy={actions.copy}>
          {label.copyCode}
        </CopyButton>
        {role === 'caller' && <TheirCode actions={actions} />}
      </div>
    </div>
  );
}

function TheirCode({ actions }: { actions: Actions }) {
  const [text, setText] = useState('');
  const { run, busy } = useAction(actions.enterCode);
  const id = useId();
  const typed = text.trim();
  const press = run && typed ? () => run(typed) : undefined;
  return (
    <form
      class="join"
      onSubmit={(e) => {
        e.preventDefault();
        if (!busy) press?.();
      }}
    >
      <label for={id}>{label.theirCode}</label>
      <input
        id={id}
        type="text"
        dir="ltr"
        value={text}
        placeholder={label.theirCodeExample}
        autocomplete="off"
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
        enterkeyhint="go"
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <Button submit icon={Check} press={press} busy={busy}>
        {label.enterCode}
      </Button>
      <ScanButton scan={actions.scan} found={(code) => run?.(code)} />
    </form>
  );
}
