// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { words as ar } from './ar.ts';
import { words as de } from './de.ts';
import { desktop as english } from './en.desktop.ts';
import { en } from './en.ts';
import { words as es } from './es.ts';
import { words as fr } from './fr.ts';
import { words as ja } from './ja.ts';
import { panels } from './panels/en.ts';
import { choose, loadLanguage, patience } from './language.ts';
import { label, number, speak, words, type Words } from './words.ts';
import { words as zh } from './zh-Hans.ts';

const inEnglish = { ...en, panels, desktop: english };
const others = [ar, de, es, fr, ja, zh];

beforeEach(() => speak(inEnglish));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Every text, by the way to it; a function's is what it says of «7.1». */
function texts(value: object, path = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, v] of Object.entries(value) as [string, unknown][]) {
    const way = `${path}.${key}`;
    const said: unknown = typeof v === 'function' ? (v as (arg: string) => unknown)('«7.1»') : v;
    if (typeof said === 'string') all.set(way, said);
    else texts(said as object, way).forEach((text, w) => all.set(w, text));
  }
  return all;
}

/** What a machine reads, or somebody types: the same in every language. */
const fixed =
  /«7\.1»|4fk2-9xqa-07mz|PARLEY:|parley config|make firebase-site|https:\/\/|gstreamer1[-.\w]+\w|300 kbit\/s|\b\d+\.\d+\b/g;
const machine = (text: string) => [...text.matchAll(fixed)].map(([m]) => m).sort();

test.each(others)('$tag says everything that English says', (dictionary) => {
  const own = texts({ ...dictionary, findings: {} }); // in English the Go side says them
  const model = texts(inEnglish);
  expect([...own.keys()].sort()).toEqual([...model.keys()].sort());
  for (const [way, text] of own) {
    const wanted = model.get(way) ?? '';
    expect(text, way).toMatch(/^\S(.*\S)?$/s);
    expect(machine(text), way).toEqual(machine(wanted));
    expect(/[.!?。？؟]$/.test(text), way).toBe(/[.!?]$/.test(wanted));
  }
});

test.each(others)('$tag says what a check finds, in whole sentences', (dictionary) => {
  const found = texts(dictionary.findings);
  expect(new Set(found.keys())).toEqual(new Set(texts(de.findings).keys()));
  for (const [way, text] of found) expect(text, way).toMatch(/^\S.*[.?。？؟]$/);
});

test.each(others)('$tag says where servers are set', (dictionary) => {
  const { settings } = dictionary.desktop;
  for (const cause of ['no_servers', 'symmetric_no_relay', 'servers_down'] as const) {
    const next = dictionary.findings[cause].next;
    expect(next).toContain('ice.servers');
    expect(next).toContain(settings.title);
  }
});

test('nothing was left in English', () => {
  const model = texts(inEnglish);
  const left = others.flatMap((dictionary) =>
    [...texts(dictionary)]
      .filter(([way, text]) => text === model.get(way) && machine(text).length === 0)
      .map(([way]) => `${dictionary.tag}${way}`)
      .filter((name) => !/\.(app|dir)$/.test(name)),
  );
  expect(left).toEqual(['de.desktop.level.problem', 'fr.panels.details.direct']);
});

test.each([
  { tag: 'ar', script: /\p{Script=Arabic}/u },
  { tag: 'ja', script: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u },
  { tag: 'zh-Hans', script: /\p{Script=Han}/u },
])('$tag is written in its own script', ({ tag, script }) => {
  const dictionary = others.find((w) => w.tag === tag)!;
  for (const [way, text] of texts(dictionary)) {
    if (!/\.(tag|dir|app|joinExample|theirsExample)$/.test(way)) {
      expect(text, way).toMatch(script);
    }
  }
});

test('Arabic keeps what a machine reads in one piece, left to right', () => {
  for (const [way, text] of texts(ar)) {
    if (/\.(tag|dir|joinExample|theirsExample)$/.test(way)) continue;
    const outside = text.replace(/\u2066[^\u2066\u2069]*\u2069/g, '');
    expect(outside, way).not.toMatch(/[\u2066\u2069]|\d[\w.]*[-./ ][a-z]|[a-z]\W\d|https/i);
  }
});

test.each([
  { wanted: ['de-CH', 'en'], language: 'de' },
  { wanted: ['en-GB', 'de'], language: 'en' },
  { wanted: ['nl-BE', 'fr-BE', 'en'], language: 'fr' },
  { wanted: ['es-419'], language: 'es' },
  { wanted: ['zh-Hant-TW', 'en'], language: 'zh' },
  { wanted: ['zh-CN'], language: 'zh' },
  { wanted: ['JA'], language: 'ja' },
  { wanted: ['ar-EG'], language: 'ar' },
  { wanted: ['', 'constructor', 'tlh', 'den'], language: 'en' },
  { wanted: [], language: 'en' },
])('of $wanted the page speaks $language', ({ wanted, language }) => {
  expect(choose(wanted)).toBe(language);
});

const asks = (languages: string[], search = '') => {
  vi.stubGlobal('navigator', { languages });
  vi.stubGlobal('location', { search });
};
const page = () => ({ lang: document.documentElement.lang, dir: document.documentElement.dir });

test('the page speaks what the system asks for, and is marked so', async () => {
  asks(['ar-MA', 'fr']);
  await loadLanguage();
  expect(page()).toEqual({ lang: 'ar', dir: 'rtl' });
  expect(words).toBe(ar);
  expect(label.hangUp).toBe(ar.label.hangUp);
  asks(['zh-TW']);
  await loadLanguage();
  expect(page()).toEqual({ lang: 'zh-Hans', dir: 'ltr' });
  expect(label.hangUp).toBe(zh.label.hangUp);
});

test('the address can ask for another language', async () => {
  asks(['fr'], '?screen=home&lang=de');
  await loadLanguage();
  expect(page()).toEqual({ lang: 'de', dir: 'ltr' });
  asks(['fr'], '?lang=tlh');
  await loadLanguage();
  expect(page().lang).toBe('fr');
});

test('English is there at once', async () => {
  asks(['en-US', 'de']);
  await loadLanguage();
  expect(words).toMatchObject(en);
});

test('words that cannot be fetched leave the page in English', async () => {
  const warned = vi.spyOn(console, 'warn').mockReturnValue();
  await loadLanguage(() => Promise.reject(new TypeError('offline')));
  expect(page()).toEqual({ lang: 'en', dir: 'ltr' });
  expect(label).toBe(en.label);
  expect(warned).toHaveBeenCalledOnce();
});

test('words that come too late are not taken: nothing changes under the eyes', async () => {
  vi.useFakeTimers();
  let come: ((loaded: { words: Words }) => void) | undefined;
  let done = false;
  const loading = loadLanguage(() => new Promise((resolve) => (come = resolve)));
  void loading.then(() => (done = true));
  await vi.advanceTimersByTimeAsync(patience - 1);
  expect(done).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(true);
  come?.({ words: ar });
  await vi.advanceTimersByTimeAsync(patience);
  expect(page()).toEqual({ lang: 'en', dir: 'ltr' });
  expect(label).toBe(en.label);
});

test('numbers are written as in the language, in the digits of room IDs', () => {
  const written = [inEnglish, ...others].map((dictionary) => {
    speak(dictionary);
    return `${dictionary.tag} ${number(1234.56, 1)}`;
  });
  expect(written.map((w) => w.replace(/\s/g, ' '))).toEqual([
    'en 1,234.6',
    'ar 1,234.6',
    'de 1.234,6',
    'es 1234,6',
    'fr 1 234,6',
    'ja 1,234.6',
    'zh-Hans 1,234.6',
  ]);
});
