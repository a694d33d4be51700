// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Finding } from '../host/host.ts';
import { words as de } from './de.ts';
import { en } from './en.ts';
import { said } from './findings.ts';
import { codes } from './snapshot.ts';
import { speak } from './words.ts';

afterEach(() => speak(en));

const finding = (check: string, cause: string): Finding => ({
  check,
  cause,
  level: 'problem',
  what: 'The Go side says so.',
  next: 'Do this.',
});

test('English is what the Go side says', () => {
  expect(said(finding('nat', 'blocked'))).toMatchObject({
    what: 'The Go side says so.',
    next: 'Do this.',
    lang: 'en',
  });
});

test('another language says it by the cause, and what is not in it stays English', () => {
  speak(de);
  const what = (check: string, cause: string) => said(finding(check, cause)).what;
  expect(what('camera', 'works')).toBe(de.findings['camera works'].what);
  expect(what('microphone', 'microphone_busy')).toBe(de.code.microphone_busy.what);
  expect(what('relay turn:relay.example', 'unreachable')).toBe(
    de.findings['relay unreachable'].what,
  );
  expect(what('signaling', 'unreachable')).toBe(de.code.unreachable.what);
  expect(said(finding('nat', 'cone'))).toEqual({ ...de.findings.cone, lang: 'de' });
  // Whoever runs the Firebase project is told what the Go side knows of it.
  for (const cause of ['bad_key', 'refused', 'too_many']) {
    expect(said(finding('signaling', cause))).toMatchObject({ next: 'Do this.', lang: 'en' });
  }
});

test('each cause that the Go side finds has words in another language, and no other has', () => {
  const backend = resolve(import.meta.dirname, '../../../backend');
  const doctor = readdirSync(resolve(backend, 'doctor')).map((name) => `doctor/${name}`);
  const sources = [...doctor, 'session/doctor.go']
    .filter((name) => !name.endsWith('_test.go'))
    .map((name) => readFileSync(resolve(backend, name), 'utf8'));
  // `Cause: "clock"`, or `f.Level, f.Cause = Warning, "slow"`, but in comments.
  const found = sources
    .flatMap((s) => [...s.matchAll(/^(?!\s*\/\/).*?\bCause\b[^"\n]*[:=] [^"\n]*"(\w+)"/gm)])
    .map((m) => m[1]!);
  // What only who runs the program can mend stays in English.
  const english = ['bad_server', 'internal'];
  const named = new Set(Object.keys(de.findings).map((key) => key.split(' ').at(-1)!));
  const causes = new Set(found.filter((c) => !english.includes(c)));
  expect(causes.size).toBeGreaterThan(25);
  const code = (c: string) => (codes as readonly string[]).includes(c);
  expect([...causes].filter((c) => !named.has(c) && !code(c))).toEqual([]);
  expect([...named].filter((c) => !causes.has(c) && !code(c))).toEqual([]);
});
