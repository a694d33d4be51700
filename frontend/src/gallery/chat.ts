// What is said in the gallery's calls.
import { signal } from '@preact/signals';
import type { Chat } from '../host/host.ts';
import { maxText, type Entry, type HandedFile } from '../model/chat.ts';
import { panels } from '../model/panels.ts';
import { call, nothing, type } from './madeup.ts';
import type { Screen } from './screens.ts';

const saying = (entries: Entry[]): Chat => ({
  entries: signal(entries),
  say: nothing,
  offer: nothing,
  answer: nothing,
  cancel: nothing,
  show: nothing,
});
const file = (more: Partial<HandedFile>): HandedFile => ({
  name: 'Holiday pictures.zip',
  size: 48e6,
  bytes: 0,
  state: 'offered',
  ...more,
});

const chat = saying([
  { id: 1, mine: false, text: 'Here is the map: https://www.openstreetmap.org/#map=15/48.137' },
  { id: 2, mine: true, text: 'Thank you!\nI’ll bring the tickets.', mark: 'delivered' },
  { id: 3, mine: true, file: file({ name: 'tickets.pdf', size: 312_000, state: 'done' }) },
  { id: 4, mine: true, file: file({ bytes: 19.2e6, state: 'moving' }) },
  {
    id: 5,
    mine: true,
    file: file({ name: 'film.mkv', size: 3.1e9, state: 'failed', problem: 'too_large' }),
  },
  {
    id: 6,
    mine: false,
    file: file({ name: 'plan-for-saturday-with-everybody.pdf', size: 1.4e6 }),
  },
  { id: 7, mine: false, text: 'Is that all?' },
  { id: 8, mine: true, text: 'Yes', mark: 'sent' },
]);

/** Files in every state in which the others are not. */
const files = saying([
  { id: 1, mine: true, file: file({}) },
  { id: 2, mine: true, file: file({ state: 'declined' }) },
  { id: 3, mine: false, file: file({ bytes: 30e6, state: 'moving' }) },
  { id: 4, mine: false, file: file({ state: 'done', url: 'blob:made-up' }) },
  { id: 5, mine: false, file: file({ state: 'cancelled' }) },
  { id: 6, mine: false, file: file({ state: 'failed', problem: 'no_space' }) },
]);

const unsent = saying([
  { id: 1, mine: false, text: 'Can you hear me?' },
  { id: 2, mine: true, text: 'I can, can you?', mark: 'waiting' },
]);

/** Nobody has said anything yet. */
export const silent = saying([]);

/** Files are held over the panel. */
function drag(): void {
  const over = new DragEvent('dragover', {
    bubbles: true,
    cancelable: true,
    dataTransfer: new DataTransfer(),
  });
  over.dataTransfer?.items.add(new File([], 'a file'));
  document.querySelector('.chat')?.dispatchEvent(over);
}

export const chats: Record<string, Screen> = {
  chat: {
    page: 'desktop',
    snapshot: call,
    actions: { chat },
    pictures: true,
    press: () => [panels().chat.unread(3)],
  },
  'chat-unread': { page: 'desktop', snapshot: call, actions: { chat }, pictures: true },
  'chat-empty': {
    page: 'desktop',
    snapshot: call,
    actions: { chat: silent },
    pictures: true,
    press: () => [panels().chat.title],
  },
  'chat-files': {
    page: 'desktop',
    snapshot: call,
    actions: { chat: files },
    pictures: true,
    press: () => [panels().chat.unread(4)],
  },
  'chat-long': {
    page: 'desktop',
    snapshot: call,
    actions: { chat: silent },
    pictures: true,
    press: () => [
      panels().chat.title,
      () => type('Hm. '.repeat(maxText / 4 + 1)),
      panels().chat.send,
    ],
  },
  'chat-drop': {
    page: 'desktop',
    snapshot: call,
    actions: { chat: unsent },
    pictures: true,
    press: () => [panels().chat.unread(1), drag],
  },
  'chat-reconnecting': {
    page: 'desktop',
    snapshot: { ...call, state: 'reconnecting' },
    actions: { chat: unsent },
    pictures: true,
    press: () => [panels().chat.unread(1)],
  },
  'phone-chat': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: { chat, switchCamera: nothing },
    pictures: true,
    press: () => [panels().chat.unread(3)],
  },
  'phone-chat-unread': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: { chat, switchCamera: nothing },
    pictures: true,
  },
  'phone-chat-empty': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: { chat: silent, switchCamera: nothing },
    pictures: true,
    press: () => [panels().chat.title],
  },
  'phone-chat-files': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: { chat: files, switchCamera: nothing },
    pictures: true,
    press: () => [panels().chat.unread(4)],
  },
};
