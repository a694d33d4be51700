// The words of the page's language. They are English until another language is
// spoken, which language.ts sees to before anything is shown: so whoever shows
// words reads these when it draws, and keeps none.
import type { desktop } from './en.desktop.ts';
import { en, type Sentence } from './en.ts';
import type { Findings } from './findings.ts';
import type { panels } from './panels/en.ts';
import type { Failure, Snapshot } from './snapshot.ts';

export type { Sentence };

/** The words of a language other than English. */
export type Words = typeof en & {
  panels: typeof panels;
  desktop: typeof desktop;
  findings: Findings;
};

export let words: typeof en & Partial<Words> = en;
/** The short ones, which are most. */
export let label: Words['label'] = en.label;

/** From now on these are the words, and the page is in their language. */
export function speak(these: typeof words): void {
  words = these;
  ({ label } = these);
  document.documentElement.lang = these.tag;
  document.documentElement.dir = these.dir;
}

/** How the last call went, for the home screen; undefined where there is nothing to say. */
export function outcome(s: Snapshot): Sentence | undefined {
  if (s.state === 'failed') return words.code[s.failure?.code ?? 'internal'];
  if (s.state === 'ended') return words.reason[s.reason ?? 'hung_up'];
  return undefined;
}

export const sentence = (f: Failure): Sentence => words.code[f.code];

/** What stands after a sentence: nothing where its full stop is as wide as a character. */
export const gap = (sentence: string): string => (sentence.endsWith('。') ? '' : ' ');

export const both = ({ what, next }: Sentence): string => what + gap(what) + next;

/** A number as the language writes it, in the digits of room IDs and clocks. */
export const number = (n: number, digits = 0): string =>
  n.toLocaleString(words.tag, {
    numberingSystem: 'latn',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
