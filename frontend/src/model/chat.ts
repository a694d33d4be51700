// What is written and handed over in a call, as a page sees it: chat.Entry of the
// Go side (backend/chat), which the phone's own side builds as well.

export const problems = [
  'too_large',
  'too_many',
  'no_space',
  'no_folder',
  'unreadable',
  'altered',
  'damaged',
  'stalled',
  'call_over',
] as const;
/** Why a file was not handed over. */
export type FileProblem = (typeof problems)[number];

export const fileStates = ['offered', 'moving', 'done', 'declined', 'cancelled', 'failed'] as const;
/** Where a file stands; offered, until the receiver's user has answered. */
export type FileState = (typeof fileStates)[number];

/** How far a text of ours has come: waiting for a way, sent, there. */
export type Mark = 'waiting' | 'sent' | 'delivered';

export interface HandedFile {
  name: string;
  /** In bytes, like those that have come so far. */
  size: number;
  bytes: number;
  state: FileState;
  /** Of one that failed. */
  problem?: FileProblem;
  /** Where the page has it, once it is done. */
  url?: string;
}

/** One text or one file. */
export interface Entry {
  id: number;
  mine: boolean;
  text?: string;
  mark?: Mark;
  file?: HandedFile;
}

export const maxText = 4000; // characters

export const isOver = (f: HandedFile): boolean => f.state !== 'offered' && f.state !== 'moving';

/** The entries with one that is new, or takes the place of an older self. */
export function withEntry(entries: Entry[], e: Entry): Entry[] {
  return entries.some((old) => old.id === e.id)
    ? entries.map((old) => (old.id === e.id ? e : old))
    : [...entries, e];
}
