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
  /** It is being done already. */
  joining?: boolean;
}

/** A field for a room ID, an invite link or a call code, and the button to go there. */
export function JoinForm({ actions, ...props }: Props) {
  return (
    <PastedForm
      {...props}
      take={actions.join}
      scan={actions.scan}
      name={label.joinField}
      example={label.joinExample}
      button={label.join}
    />
  );
}

interface PastedProps extends Omit<Props, 'actions'> {
  take: Actions['join'];
  scan: Actions['scan'];
  name: string;
  example: string;
  button: string;
}

/** A field for what somebody sent, or a camera sees, and the button that takes it. */
export function PastedForm(props: PastedProps) {
  const { primary, example } = props;
  const [text, setText] = useState(props.text ?? '');
  const { run, busy: taking } = useAction(props.take);
  const busy = taking || props.joining === true;
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
      <label for={id}>{props.name}</label>
      <input
        id={id}
        type="text"
        dir="ltr"
        value={text}
        placeholder={example}
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
        {props.button}
      </Button>
      <ScanButton scan={run && props.scan} found={(code) => run?.(code)} />
    </form>
  );
}
