import Check from 'lucide/dist/esm/icons/check.mjs';
import Copy from 'lucide/dist/esm/icons/copy.mjs';
import type { ComponentChildren, ComponentProps } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { label } from '../model/words.ts';
import { useAction } from './action.ts';
import { Icon } from './icon.tsx';

type Shapes = ComponentProps<typeof Icon>['of'];
type Press = (() => void) | undefined;

interface ButtonProps {
  press: Press;
  kind?: 'primary' | 'plain' | 'quiet';
  icon?: Shapes;
  busy?: boolean;
  submit?: boolean;
  children: ComponentChildren;
}

/**
 * A button with words. Without something to press it is disabled; while busy it
 * keeps the focus and does nothing.
 */
export function Button({ press, kind = 'plain', icon, busy, submit, children }: ButtonProps) {
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={`button button--${kind}`}
      disabled={!press}
      aria-busy={busy}
      aria-disabled={busy}
      onClick={submit || !press || busy ? undefined : () => press()}
    >
      {busy ? <span class="spinner" /> : icon && <Icon of={icon} size={20} />}
      <span>{children}</span>
    </button>
  );
}

interface RoundProps {
  name: string;
  icon: Shapes;
  press: Press;
  kind?: 'glass' | 'alert' | 'danger';
  /** The key that does the same, as aria-keyshortcuts has it. */
  shortcut?: string | undefined;
  /** What it opens is open. */
  expanded?: boolean;
}

/** A round button with an icon, named for screen readers and tests. */
export function Round({ name, icon, press, kind = 'glass', shortcut, expanded }: RoundProps) {
  return (
    <button
      type="button"
      class={`round round--${kind}`}
      aria-label={name}
      aria-keyshortcuts={shortcut}
      aria-expanded={expanded}
      title={name}
      disabled={!press}
      onClick={press && (() => press())}
    >
      <Icon of={icon} />
    </button>
  );
}

interface CopyProps {
  name: string;
  text: string | undefined;
  copy: ((text: string) => Promise<void>) | undefined;
  kind?: 'primary' | 'plain';
  /** Words beside the icon; without them the button is the icon alone. */
  children?: ComponentChildren;
}

/** Copies text and says so for two seconds, to eyes and to screen readers. */
export function CopyButton({ name, text, copy, kind = 'plain', children }: CopyProps) {
  const [copied, setCopied] = useState(0);
  const { run } = useAction(
    copy && text ? () => copy(text).then(() => setCopied((n) => n + 1)) : undefined,
  );
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    setShown(true);
    const timer = setTimeout(() => setShown(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <button
        type="button"
        class={children ? `button button--${kind}` : 'copy'}
        aria-label={name}
        title={name}
        disabled={!run}
        onClick={run && (() => run())}
      >
        <Icon of={shown ? Check : Copy} size={children ? 20 : 18} />
        {children && <span>{children}</span>}
      </button>
      <span class="visually-hidden" role="status">
        {shown ? label.copied : ''}
      </span>
    </>
  );
}
