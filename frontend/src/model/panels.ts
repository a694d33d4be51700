import { panels as english } from './panels/en.ts';
import { words, type Words } from './words.ts';

/** The words of what is fetched when it is needed in a call, in the page's language. */
export const panels = (): Words['panels'] => words.panels ?? english;
