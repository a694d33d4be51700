// What is said in the gallery's calls.
import { signal } from '@preact/signals';
import type { Chat } from '../host/host.ts';
import type { Entry, HandedFile } from '../model/chat.ts';
import { panels } from '../model/panels.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Screen } from './screens.ts';

const nothing = () => Promise.resolve();
const file = (more: Partial<HandedFile>): HandedFile => ({
  name: 'Holiday pictures.zip',
  size: 48e6,
  bytes: 0,
  state: 'offered',
  ...more,
});

const chat: Chat = {
  entries: signal<Entry[]>([
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
  ]),
  say: nothing,
  offer: nothing,
  answer: nothing,
  cancel: nothing,
};

export const chatScreens = (call: Snapshot): Record<string, Screen> => ({
  chat: {
    page: 'desktop',
    snapshot: call,
    actions: { chat },
    pictures: true,
    press: () => [panels().chat.unread(3)],
  },
  'chat-unread': { page: 'desktop', snapshot: call, actions: { chat }, pictures: true },
  'phone-chat': {
    page: 'phone',
    snapshot: { ...call, role: 'callee' },
    actions: { chat, switchCamera: nothing },
    pictures: true,
    press: () => [panels().chat.unread(3)],
  },
});
