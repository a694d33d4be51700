// The words of the page's language. There is one so far; when there are more,
// this is where navigator.languages chooses.
import { en, type Dictionary, type Sentence } from './en.ts';
import type { Failure, Snapshot } from './snapshot.ts';

export type { Sentence };
export const words: Dictionary = en;

/** How the last call went, for the home screen; undefined where there is nothing to say. */
export function outcome(s: Snapshot): Sentence | undefined {
  if (s.state === 'failed') return words.code[s.failure?.code ?? 'internal'];
  if (s.state === 'ended') return words.reason[s.reason ?? 'hung_up'];
  return undefined;
}

export const sentence = (f: Failure): Sentence => words.code[f.code];
