import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { named, parseControl, type WordsMessage } from './peer.ts';
import { Exchange } from './trust.ts';
import { even, odd } from './trustwords.ts';

interface Vectors {
  exchanges: Record<
    'caller' | 'callee' | 'callerNonce' | 'calleeNonce' | 'commit' | 'words',
    string
  >[];
  named: { sdp: string; named: string }[];
}

const go = (file: string) =>
  readFileSync(resolve(import.meta.dirname, '../../../../backend/trust', file), 'utf8');
const vectors = JSON.parse(go('testdata/vectors.json')) as Vectors;

const line = (fingerprint: string) =>
  `a=fingerprint:sha-256 ${fingerprint.match(/../g)?.join(':') ?? ''}`;
const nonceOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

const pair = (v = vectors.exchanges[0]!) => {
  const [caller, callee] = [line(v.caller), line(v.callee)];
  return {
    caller: new Exchange('caller', { ours: caller, theirs: callee }, nonceOf(v.callerNonce)),
    callee: new Exchange('callee', { ours: callee, theirs: caller }, nonceOf(v.calleeNonce)),
  };
};

test('the words are those of the Go side', async () => {
  expect(vectors.exchanges.length).toBeGreaterThan(3);
  for (const v of vectors.exchanges) {
    const { caller, callee } = pair(v);
    expect(await callee.begin()).toBeUndefined();
    expect(await caller.begin()).toEqual({ commit: v.commit });
    const answer = await callee.take({ commit: v.commit });
    expect(answer).toEqual({ nonce: v.calleeNonce });
    const opened = await caller.take(answer!);
    expect(opened).toEqual({ nonce: v.callerNonce });
    expect(await callee.take(opened!)).toBeUndefined();
    expect([caller.words, callee.words]).toEqual([v.words, v.words]);
  }
});

test('a certificate is named as on the Go side', () => {
  for (const v of vectors.named) expect(named(v.sdp)).toBe(v.named);
});

test('the list of words is that of the Go side', () => {
  const source = go('words.go');
  const list = (name: string) =>
    new RegExp(`${name} = \`([^\`]*)\``).exec(source)?.[1]?.trim().split(/\s+/);
  expect(even).toEqual(list('evenWords'));
  expect(odd).toEqual(list('oddWords'));
  expect(new Set([...even, ...odd]).size).toBe(512);
});

test('there is one try', async () => {
  const nonce = '00'.repeat(32);
  const { caller, callee } = pair();
  await expect(callee.take({ nonce })).rejects.toThrow();
  await expect(caller.take((await caller.begin())!)).rejects.toThrow();
  await callee.take((await caller.begin())!);
  await expect(callee.take((await caller.begin())!)).rejects.toThrow();
  await expect(callee.take({ nonce })).rejects.toThrow('committed');
  const right = vectors.exchanges[0]!.callerNonce;
  await expect(callee.take({ nonce: right })).rejects.toThrow();
  expect(callee.words).toBe('');

  const { caller: another } = pair();
  await another.take({ nonce });
  const was = another.words;
  await expect(another.take({ nonce: right })).rejects.toThrow();
  expect(another.words).toBe(was);
  await expect(pair().caller.take({ nonce: 'zz'.repeat(32) })).rejects.toThrow();
});

test('a side that does not name one certificate by its SHA-256 gets no words', () => {
  const good = line('ab'.repeat(32));
  for (const theirs of [
    '',
    `${good}\n${line('cd'.repeat(32))}`,
    'a=fingerprint:sha-1 ab',
    `x${good}`,
  ]) {
    expect(() => new Exchange('caller', { ours: good, theirs })).toThrow('one certificate');
  }
});

test('a message about the words that has not one text in it is passed over', async () => {
  const { caller, callee } = pair();
  const text = '00'.repeat(32);
  for (const m of [{ commit: 1 }, {}, { nonce: [text] }, { commit: text, nonce: [text] }]) {
    const read = parseControl(JSON.stringify({ type: 'words', ...m })) as WordsMessage;
    expect([await caller.take(read), await callee.take(read)]).toEqual([undefined, undefined]);
  }
  const nonce = await callee.take((await caller.begin())!);
  await callee.take((await caller.take(nonce!))!);
  expect(callee.words).toBe(caller.words);
  expect(callee.words).not.toBe('');
});
