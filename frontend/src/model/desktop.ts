import { desktop as english } from './en.desktop.ts';
import { words, type Words } from './words.ts';

/** The words that only the window says, in the page's language. */
export const desktop = (): Words['desktop'] => words.desktop ?? english;

/** "A, B and C", as the language writes it. */
export const list = (items: readonly string[]): string =>
  new Intl.ListFormat(words.tag).format(items);
