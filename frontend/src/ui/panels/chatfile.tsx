import FileIcon from 'lucide/dist/esm/icons/file.mjs';
import type { Chat } from '../../host/host.ts';
import type { Entry, HandedFile } from '../../model/chat.ts';
import { panels } from '../../model/panels.ts';
import { number } from '../../model/words.ts';
import { useAction } from '../action.ts';
import { Icon } from '../icon.tsx';

/** A size in bytes for people; the signs of units are the same in every language (ISO 80000). */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${number(bytes)} B`;
  const [unit, name] =
    bytes < 999_500
      ? ([1e3, 'kB'] as const)
      : bytes < 999.5e6
        ? ([1e6, 'MB'] as const)
        : ([1e9, 'GB'] as const);
  const n = bytes / unit;
  return `${number(n, n < 10 ? 1 : 0)} ${name}`;
}

interface Props {
  entry: Entry;
  file: HandedFile;
  chat: Chat;
}

/** One file: what it is, how far it has come, and what can be done with it. */
export function FileRow({ entry, file, chat }: Props) {
  const say = panels().chat;
  const { run: answer } = useAction((take: boolean) => chat.answer(entry.id, take));
  const { run: cancel } = useAction(() => chat.cancel(entry.id));
  const { show } = chat;
  const { run: reveal } = useAction(show && (() => show(entry.id)));
  const { name, size, bytes, state, problem } = file;
  const mine = entry.mine;
  const status = {
    offered: mine ? say.asked : say.question,
    moving: say.moving(sizeOf(bytes), sizeOf(size)),
    done: mine ? say.given : say.saved,
    declined: say.declined,
    cancelled: say.cancelled,
    failed: say.problem[problem ?? 'stalled'],
  }[state];
  return (
    <div class="chat__file">
      <Icon of={FileIcon} />
      <p>
        <bdi class="chat__name">{name}</bdi> <bdi class="chat__size">{sizeOf(size)}</bdi>
      </p>
      {state === 'moving' && <progress max={Math.max(1, size)} value={bytes} aria-label={name} />}
      <p class={state === 'failed' ? 'chat__status chat__status--failed' : 'chat__status'}>
        {status}
      </p>
      <div class="chat__do">
        {state === 'offered' && !mine && (
          <>
            <Do name={say.accept(name)} text={say.acceptIt} press={() => answer?.(true)} primary />
            <Do name={say.decline(name)} text={say.declineIt} press={() => answer?.(false)} />
          </>
        )}
        {(state === 'moving' || (state === 'offered' && mine)) && (
          <Do name={say.cancel(name)} text={say.cancelIt} press={() => cancel?.()} />
        )}
        {state === 'done' && !mine && reveal && (
          <Do name={say.show} text={say.show} press={() => reveal()} />
        )}
        {state === 'done' && file.url && (
          <a class="chat__act" href={file.url} download={name}>
            {say.save}
          </a>
        )}
      </div>
    </div>
  );
}

interface DoProps {
  name: string;
  text: string;
  press: () => void;
  primary?: boolean;
}

function Do({ name, text, press, primary }: DoProps) {
  return (
    <button
      type="button"
      class={primary ? 'chat__act chat__act--primary' : 'chat__act'}
      aria-label={name}
      onClick={press}
    >
      {text}
    </button>
  );
}
