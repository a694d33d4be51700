// Which language a page speaks: the first of those that the user's system asks
// for. English is part of the page; another is fetched before the first words
// are shown, so that none of them changes under the user's eyes.
import { speak, type Words } from './words.ts';

/** By ISO 639's code. What a region or a script adds is left aside: to readers of
 * Traditional Chinese, Simplified is nearer than English. */
const others: Record<string, () => Promise<{ words: Words }>> = {
  ar: () => import('./ar.ts'),
  de: () => import('./de.ts'),
  es: () => import('./es.ts'),
  fr: () => import('./fr.ts'),
  ja: () => import('./ja.ts'),
  zh: () => import('./zh-Hans.ts'),
};

/** How long the first words wait for their language, in ms. */
export const patience = 1000;

/** The first of the wanted languages (BCP 47) that there are words in; else English. */
export function choose(wanted: readonly string[]): string {
  const codes = wanted.map((tag) => tag.toLowerCase().replace(/-.*/, ''));
  return codes.find((code) => code === 'en' || Object.hasOwn(others, code)) ?? 'en';
}

/** ?lang= in the address comes before what the system asks for: for tests and screenshots. */
const wanted = () => [
  new URLSearchParams(location.search).get('lang') ?? '',
  ...navigator.languages,
];

/**
 * Has the page speak the user's language. It never fails: where the words do not
 * come in time the page speaks English, and goes on doing so.
 */
export async function loadLanguage(
  load = others[choose(wanted())],
  wait = patience,
): Promise<void> {
  if (!load) return;
  let late = false;
  const loaded = load().then(
    ({ words }) => late || speak(words),
    (e: unknown) => console.warn('no words in the wanted language:', e),
  );
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, wait))]);
  late = true;
}
