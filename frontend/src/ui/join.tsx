import ArrowRight from 'lucide/dist/esm/icons/arrow-right.mjs';
import { useId, useState } from 'preact/hooks';
import type { Actions } from '../host/host.ts';
import { label } from '../model/words.ts';
import { useAction } from './action.ts';
import { Button } from './button.tsx';
import { ScanButton } from './scan.tsx';

interface Props {
  actions: Actions;
  /** What the field holds at first. */
  text?: string;
  /** The main thing to do on its page. */
  primary?: boolean;
}

/** A field for a room ID, an invite link or a call code, and the button to go there. */
export function JoinForm({ actions, text: initial = '', primary = false }: Props) {
  const [text, setText] = useState(initial);
  const { run, busy } = useAction(actions.join);
  const id = useId();
  const typed = text.trim();
  const press = run && typed ? () => run(typed) : undefined;
  return (
    <form
      class={primary ? 'join join--primary' : 'join'}
      onSubmit={(e) => {
        e.preventDefault();
        if (!busy) press?.();
      }}
    >
      <label for={id}>{label.joinField}</label>
      <input
        id={id}
        type="text"
        dir="ltr"
        value={text}
        placeholder={label.joinExample}
        autocomplete="off"
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
        enterkeyhint="go"
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <Button
        submit
        kind={primary ? 'primary' : 'plain'}
        icon={ArrowRight}
        press={press}
        busy={busy}
      >
        {label.join}
      </Button>
      <ScanButton scan={run && actions.scan} found={(code) => run?.(code)} />
    </form>
  );
}
