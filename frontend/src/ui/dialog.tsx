import X from 'lucide/dist/esm/icons/x.mjs';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
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
  const gone = useRef(false);
  // Closing gives the focus back to what had it; taken away while it is open, the
  // dialog would take it along. After a passive effect it is too late for that.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      gone.current = true;
      shown?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'dialog dialog--wide' : 'dialog'}
      aria-labelledby={id}
      onClose={() => gone.current || close()}
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
