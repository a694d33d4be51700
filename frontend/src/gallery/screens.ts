// The screens of the gallery: each a snapshot, and what the host can do in it.
import type { Actions, Offer, Release, SettingsView } from '../host/host.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Stats } from '../model/stats.ts';
import type { Sentence } from '../model/words.ts';
import { calls } from './calls.ts';
import { chats } from './chat.ts';
import { homes } from './homes.ts';
import { phones } from './phones.ts';
import { sharing } from './sharing.ts';

export interface Screen {
  page: 'desktop' | 'phone';
  snapshot: Snapshot;
  actions?: Actions;
  /** Shape of the other side's picture. */
  other?: 'landscape' | 'portrait';
  /** What is shown of the two and of a screen; people alone where a screen is yet to come. */
  pictures?: boolean | 'people';
  /** The figures of the seconds before, the newest last; without them, one second's. */
  history?: Stats[];
  /** What is done first, one after the other: the names of the buttons to press, '?' for
   * the key, and whatever else. */
  press?: () => (string | (() => unknown))[];
  /** Nobody has moved for a while. */
  quiet?: boolean;
  /** The user closes the window. */
  leaving?: boolean;
  newer?: Release;
  offer?: Offer;
  invited?: string;
  room?: string;
  /** What is set; a change is then refused. */
  settings?: SettingsView;
  /** Of a page that can show nothing else. */
  plain?: () => { title: string; what: string; next: string };
  /** Of a page with nothing but notices, by their kind. */
  sentences?: () => Record<'info' | 'alert', Sentence[]>;
}

export const screens: Record<string, Screen> = {
  ...homes,
  ...calls,
  ...chats,
  ...sharing,
  ...phones,
};
