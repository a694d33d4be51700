// @vitest-environment happy-dom
import { afterEach, expect, test } from 'vitest';
import type { Finding } from '../host/host.ts';
import { words as de } from './de.ts';
import { en } from './en.ts';
import { said } from './findings.ts';
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
