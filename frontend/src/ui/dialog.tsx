import X from 'lucide/dist/esm/icons/x.mjs';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { label } from '../model/words.ts';
import { Icon } from './icon.tsx';

interface Props {
  title: string;
  close: () => void;
  /** For more than a question. */
  wide?: boolean;
  children: ComponentChildren;
}

/** A modal dialog; Escape, its button and a click beside it close it. */
export function Dialog({ title, close, wide, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'dialog dialog--wide' : 'dialog'}
      aria-labelledby={id}
      onClose={close}
      onClick={(e) => e.target === e.currentTarget && close()}
    >
      <div class="dialog__inner">
        <header>
          <h2 id={id}>{title}</h2>
          <button
            type="button"
            class="copy"
            aria-label={label.close}
            title={label.close}
            onClick={close}
          >
            <Icon of={X} size={20} />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
