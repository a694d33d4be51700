import Check from 'lucide/dist/esm/icons/arrow-right.mjs';
import { useId, useState } from 'preact/hooks';
import type { Actions } from '../../host/host.ts';
import type { Role } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { useAction } from '../action.ts';
import { Button, CopyButton } from '../button.tsx';
import { Qr } from './qr.tsx';
import { ScanButton } from '../scan.tsx';

interface Props {
  role: Role;
  code: string;
  actions: Actions;
}

/** What the two people carry between them: our code, and a place for the other side's. */
export function ByHand({ role, code, actions }: Props) {
  const say = panels().byHand;
  return (
    <div class="invite by-hand">
      <Qr text={code} name={say.qr} />
      <div class="invite__words">
        <p class="soft">{role === 'caller' ? say.intro : say.back}</p>
        <p class="invite__link" dir="ltr">
          {code}
        </p>
        <CopyButton kind="primary" name={say.copy} text={code} copy={actions.copy}>
          {say.copy}
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
  const say = panels().byHand;
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
      <label for={id}>{say.theirs}</label>
      <input
        id={id}
        type="text"
        dir="ltr"
        value={text}
        placeholder={say.theirsExample}
        autocomplete="off"
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
        enterkeyhint="go"
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <Button submit icon={Check} press={press} busy={busy}>
        {say.enter}
      </Button>
      <ScanButton scan={actions.scan} found={(code) => run?.(code)} />
    </form>
  );
}
