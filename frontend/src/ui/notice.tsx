import CircleAlert from 'lucide/dist/esm/icons/circle-alert.mjs';
import Info from 'lucide/dist/esm/icons/info.mjs';
import X from 'lucide/dist/esm/icons/x.mjs';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { gap, label, type Sentence } from '../model/words.ts';
import { Icon } from './icon.tsx';

interface Props {
  sentence: Sentence;
  /** 'alert' interrupts a screen reader; 'info' waits for a pause. */
  kind: 'alert' | 'info';
  dismiss?: (() => void) | undefined;
}

/** Says what happened and what to do next. */
export function Notice({ sentence, kind, dismiss }: Props) {
  const { what, next } = sentence;
  return (
    <div class={`notice notice--${kind}`} role={kind === 'alert' ? 'alert' : 'status'}>
      <Icon of={kind === 'alert' ? CircleAlert : Info} size={20} />
      <Heard>
        <strong>{what}</strong>
        {gap(what) + next}
      </Heard>
      {dismiss && (
        <button
          type="button"
          class="copy"
          aria-label={label.dismiss}
          title={label.dismiss}
          onClick={dismiss}
        >
          <Icon of={X} size={18} />
        </button>
      )}
    </div>
  );
}

/** What a live region says. Screen readers speak of what changes in it, so it is there first. */
export function Heard({ children }: { children: ComponentChildren }) {
  const [there, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return <p aria-hidden={!there}>{children}</p>;
}
