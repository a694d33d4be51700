// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import type { Chat, Host } from '../../host/host.ts';
import type { Entry } from '../../model/chat.ts';
import { panels } from '../../model/panels.ts';
import { idle } from '../../model/snapshot.ts';
import { words } from '../../model/words.ts';
import { App } from '../app.tsx';
import { sizeOf } from './chatfile.tsx';
import { linked } from './chatlink.tsx';

const say = panels().chat;
const { label } = words;
const root = document.createElement('div');
document.body.append(root);
afterEach(() => render(null, root));

const named = (name: string) =>
  [...root.querySelectorAll<HTMLElement>('button, a')].find(
    (b) => (b.getAttribute('aria-label') ?? b.textContent.trim()) === name,
  );
const press = (name: string) => act(() => named(name)?.click());
const status = () => root.querySelector('.chat__button [role="status"]')?.textContent;

const done = () => Promise.resolve();

async function show(entries: Entry[] = [], more: Partial<Chat> = {}) {
  const chat = {
    entries: signal(entries),
    say: vi.fn(done),
    answer: vi.fn(done),
    cancel: vi.fn(done),
    offer: vi.fn(done),
  };
  const host: Host = {
    snapshot: signal({ ...idle, state: 'connected', role: 'callee' }),
    stats: signal(undefined),
    mirrored: signal(false),
    attach: () => () => undefined,
    chat: { ...chat, ...more },
  };
  await act(() => render(<App host={host} home={() => null} />, root));
  await act(() => vi.dynamicImportSettled());
  await act(() => vi.dynamicImportSettled());
  return chat;
}

const theirs = (id: number, text: string): Entry => ({ id, mine: false, text });

async function write(text: string, key: KeyboardEventInit = { key: 'Enter' }) {
  const area = root.querySelector('textarea')!;
  await act(() => {
    area.value = text;
    area.dispatchEvent(new Event('input', { bubbles: true }));
  });
  const e = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...key });
  await act(() => void area.dispatchEvent(e));
  return e;
}

test('what comes is counted, told, and read once the panel is open', async () => {
  const chat = await show([]);
  expect(named(say.title)).toBeDefined();
  await act(() => void (chat.entries.value = [theirs(1, 'hello'), theirs(2, 'are you there?')]));
  expect(named(say.unread(2))).toBeDefined();
  expect(status()).toBe(say.said('are you there?'));
  await press(say.unread(2));
  await act(() => vi.dynamicImportSettled());
  expect(root.querySelector('.chat')?.textContent).toContain('hello');
  await press(label.close);
  expect(root.querySelector('.chat')).toBeNull();
  expect(named(say.title)).toBeDefined();
  const mine: Entry = { id: 3, mine: true, text: 'mine', mark: 'sent' };
  await act(() => void (chat.entries.value = [...chat.entries.value, mine]));
  expect(named(say.title)).toBeDefined();
  expect(status()).toBe('');
});

test('Enter sends, with Shift it does not, and Escape closes', async () => {
  const chat = await show();
  await press(say.title);
  await act(() => vi.dynamicImportSettled());
  await write('first', { key: 'Enter', shiftKey: true });
  await write('an input method’s', { key: 'Enter', isComposing: true });
  expect(chat.say).not.toHaveBeenCalled();
  await write('second');
  expect(chat.say).toHaveBeenCalledExactlyOnceWith('second');
  expect(root.querySelector('textarea')?.value).toBe('');
  await write('   ');
  await write('x'.repeat(4001));
  expect(chat.say).toHaveBeenCalledOnce();
  expect(root.querySelector('[role="alert"]')?.textContent).toBe(say.tooLong('4,000'));
  await act(() => void dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })));
  expect(root.querySelector('.chat')).toBeNull();
});

test('marks are said in words', async () => {
  await show([
    { id: 1, mine: true, text: 'a', mark: 'waiting' },
    { id: 2, mine: true, text: 'b', mark: 'sent' },
    { id: 3, mine: true, text: 'c', mark: 'delivered' },
  ]);
  await press(say.title);
  await act(() => vi.dynamicImportSettled());
  const marks = [...root.querySelectorAll('.chat__mark')].map((m) => m.textContent);
  expect(marks).toEqual([
    `… ${say.mark.waiting}`,
    `✓ ${say.mark.sent}`,
    `✓✓ ${say.mark.delivered}`,
  ]);
});

const file = (id: number, mine: boolean, more: Partial<NonNullable<Entry['file']>>): Entry => ({
  id,
  mine,
  file: { name: `${id}.pdf`, size: 2e6, bytes: 5e5, state: 'moving', ...more },
});

test('a file is asked for, shows how far it is, and can be given up', async () => {
  const show_ = vi.fn(done);
  const chat = await show(
    [
      file(1, false, { state: 'offered' }),
      file(2, false, {}),
      file(3, true, { state: 'offered' }),
      file(4, false, { state: 'done', bytes: 2e6 }),
      file(5, false, { state: 'failed', problem: 'damaged' }),
    ],
    { show: show_ },
  );
  await press(say.unread(4));
  await act(() => vi.dynamicImportSettled());
  await press(say.accept('1.pdf'));
  await press(say.decline('1.pdf'));
  expect(chat.answer.mock.calls).toEqual([
    [1, true],
    [1, false],
  ]);
  const bar = root.querySelector('progress');
  expect([bar?.value, bar?.max]).toEqual([5e5, 2e6]);
  expect(root.textContent).toContain(say.moving('500 kB', '2.0 MB'));
  await press(say.cancel('2.pdf'));
  await press(say.cancel('3.pdf'));
  expect(chat.cancel.mock.calls).toEqual([[2], [3]]);
  await press(say.show);
  expect(show_).toHaveBeenCalledExactlyOnceWith(4);
  expect(root.textContent).toContain(say.problem.damaged);
});

test('only whole https links are links, and open outside', async () => {
  const browse = vi.fn();
  await show([theirs(1, 'see https://parley.example/a?b=c#d, or <b>http://no.example</b>')], {
    browse,
  });
  await press(say.unread(1));
  await act(() => vi.dynamicImportSettled());
  const links = [...root.querySelectorAll('.chat a')];
  expect(links.map((a) => a.getAttribute('href'))).toEqual(['https://parley.example/a?b=c#d']);
  expect(links[0]?.getAttribute('rel')).toContain('noopener');
  expect(root.querySelector('.chat b')).toBeNull();
  await press('https://parley.example/a?b=c#d');
  expect(browse).toHaveBeenCalledExactlyOnceWith('https://parley.example/a?b=c#d');
});

test.each([
  ['javascript:alert(1)', 0],
  ['data:text/html,x', 0],
  ['https://bank.example@evil.example/', 0],
  ['https://user:word@evil.example/', 0],
  ['https://', 0],
  ['(https://a.example/x).', 1],
  ['https://a.example/1 https://a.example/2', 2],
])('%s holds so many links: %i', (text, count) => {
  const parts = linked(text);
  expect(parts.filter((p) => typeof p === 'object')).toHaveLength(count);
});

test('sizes are written for people', () => {
  expect([0, 999, 1000, 1499, 15_000, 999_499, 999_500, 1e8, 2 ** 31].map(sizeOf)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.5 kB',
    '15 kB',
    '999 kB',
    '1.0 MB',
    '100 MB',
    '2.1 GB',
  ]);
});
