import MessageSquare from 'lucide/dist/esm/icons/message-square.mjs';
import Paperclip from 'lucide/dist/esm/icons/paperclip.mjs';
import Send from 'lucide/dist/esm/icons/send-horizontal.mjs';
import X from 'lucide/dist/esm/icons/x.mjs';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Chat } from '../../host/host.ts';
import { maxText, type Entry } from '../../model/chat.ts';
import { panels } from '../../model/panels.ts';
import { label, number } from '../../model/words.ts';
import { useAction } from '../action.ts';
import { Round } from '../button.tsx';
import { Icon } from '../icon.tsx';
import { adopt } from '../adopt.ts';
import css from './chat.css?inline';
import { FileRow, sizeOf } from './chatfile.tsx';
import { linked } from './chatlink.tsx';

adopt(css);

interface ButtonProps {
  /** Missing while nothing can be said. */
  chat: Chat | undefined;
  open: boolean;
  toggle: () => void;
}

interface PanelProps {
  chat: Chat;
  toggle: () => void;
}

/** What is said to somebody who does not see the panel; nothing of what is their own. */
function news(e: Entry | undefined): string {
  if (!e || e.mine) return '';
  const say = panels().chat;
  if (!e.file) return say.said(e.text ?? '');
  const { name, size, state } = e.file;
  if (state === 'offered') return say.offers(name, sizeOf(size));
  return state === 'done' ? say.came(name) : '';
}

/** The button in the bar, with how much is unread; and a voice for what comes. */
export function ChatButton({ chat, open, toggle }: ButtonProps) {
  const entries = chat?.entries.value ?? [];
  const theirs = entries.filter((e) => !e.mine).length;
  const [seen, setSeen] = useState(0);
  useEffect(() => {
    if (open) setSeen(theirs);
  }, [open, theirs]);
  const unread = open ? 0 : theirs - seen;
  const say = panels().chat;
  return (
    <span class="chat__button">
      <Round
        name={unread > 0 ? say.unread(unread) : say.title}
        icon={MessageSquare}
        press={chat && toggle}
        expanded={open}
      />
      {unread > 0 && (
        <span class="chat__unread" aria-hidden="true">
          {unread > 99 ? '99+' : unread}
        </span>
      )}
      <span class="visually-hidden" role="status">
        <span key={entries.at(-1)?.id}>{news(entries.at(-1))}</span>
      </span>
    </span>
  );
}

/** What was written and handed over; beside the picture, or on a phone over it. */
export function ChatPanel({ chat, toggle }: PanelProps) {
  const entries = chat.entries.value;
  const say = panels().chat;
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  const before = useRef(document.activeElement);
  useLayoutEffect(() => {
    const shown = panel.current;
    // Whoever was in it is put back where they came from, while they are still in it.
    return () => {
      const { current } = before;
      if (shown?.contains(document.activeElement) && current instanceof HTMLElement)
        current.focus();
    };
  }, []);
  const list = useRef<HTMLOListElement>(null);
  const [dropping, setDropping] = useState(false);
  const { run: offer } = useAction(chat.offer);
  const last = entries.at(-1)?.id;
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [last]);
  const drag = (over: boolean) => (e: DragEvent) => {
    if (!offer || !e.dataTransfer?.types.includes('Files')) return;
    e.preventDefault();
    setDropping(over);
  };
  const drop = (e: DragEvent) => {
    drag(false)(e);
    const files = [...(e.dataTransfer?.files ?? [])];
    if (files.length > 0) offer?.(files);
  };
  return (
    <section
      ref={panel}
      class="chat panel"
      aria-labelledby={id}
      onDragOver={drag(true)}
      onDragLeave={drag(false)}
      onDrop={drop}
    >
      <header>
        <h2 id={id}>{say.title}</h2>
        <button
          type="button"
          class="copy"
          aria-label={label.close}
          title={label.close}
          onClick={toggle}
        >
          <Icon of={X} size={20} />
        </button>
      </header>
      {/* What overflows is read by scrolling, which a keyboard can only do in what has the focus. */}
      <ol ref={list} class="chat__list" tabIndex={0} aria-label={say.title}>
        {entries.length === 0 && <li class="chat__intro">{say.intro}</li>}
        {entries.map((e) => (
          <li key={e.id} class={e.mine ? 'chat__entry chat__entry--mine' : 'chat__entry'}>
            <span class="visually-hidden">{e.mine ? label.you : label.otherPerson}: </span>
            {e.file ? (
              <FileRow entry={e} file={e.file} chat={chat} />
            ) : (
              <Text entry={e} chat={chat} />
            )}
          </li>
        ))}
      </ol>
      {dropping && <p class="chat__drop">{say.drop}</p>}
      <Write chat={chat} />
    </section>
  );
}

function Text({ entry, chat }: { entry: Entry; chat: Chat }) {
  const say = panels().chat;
  return (
    <>
      <p dir="auto">{linked(entry.text ?? '', chat.browse)}</p>
      {entry.mark && (
        <small class={`chat__mark chat__mark--${entry.mark}`}>
          <span aria-hidden="true">{{ waiting: '…', sent: '✓', delivered: '✓✓' }[entry.mark]}</span>{' '}
          {say.mark[entry.mark]}
        </small>
      )}
    </>
  );
}

/** The line to write in: Enter sends, with Shift it begins a new line. */
function Write({ chat }: { chat: Chat }) {
  const say = panels().chat;
  const [text, setText] = useState('');
  const [tooLong, setTooLong] = useState(false);
  const { run: pick, busy } = useAction(chat.pick);
  const { run: offer } = useAction(chat.offer);
  const { run: send } = useAction(chat.say);
  const input = useRef<HTMLInputElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    if (matchMedia('(pointer: fine)').matches) area.current?.focus();
  }, []);
  const attach = pick ? () => pick(say.attach) : offer && (() => input.current?.click());
  const submit = (e: Event) => {
    e.preventDefault();
    if (!text.trim()) return;
    if (Array.from(text).length > maxText) {
      setTooLong(true);
      return;
    }
    send?.(text);
    setText('');
  };
  return (
    <form class="chat__write" onSubmit={submit}>
      {tooLong && (
        <p role="alert" class="chat__long">
          {say.tooLong(number(maxText))}
        </p>
      )}
      <button
        type="button"
        class="copy"
        aria-label={say.attach}
        title={say.attach}
        disabled={!attach || busy}
        onClick={attach && (() => attach())}
      >
        <Icon of={Paperclip} size={20} />
      </button>
      {chat.offer && (
        <input
          ref={input}
          type="file"
          multiple
          hidden
          onChange={(e) => {
            const { files } = e.currentTarget;
            offer?.([...(files ?? [])]);
            e.currentTarget.value = ''; // the same file may be chosen again
          }}
        />
      )}
      <textarea
        ref={area}
        rows={Math.min(5, text.split('\n').length)}
        dir="auto"
        aria-label={say.message}
        placeholder={say.message}
        value={text}
        onInput={(e) => {
          setText(e.currentTarget.value);
          setTooLong(false);
        }}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) submit(e);
        }}
      />
      <button type="submit" class="copy" aria-label={say.send} title={say.send}>
        <Icon of={Send} size={20} />
      </button>
    </form>
  );
}
