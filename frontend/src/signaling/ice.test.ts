import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxServers, validServers } from './ice.ts';

const login = { username: '1:ada', credential: 'secret' };

describe('ICE servers that somebody else names', () => {
  test.each([
    'stun:stun.example.org',
    'STUN:10.0.0.1:3478',
    'stuns:[2001:db8::1]:5349',
    'turn:turn.example.org:3478?transport=udp',
    'turns:turn.example.org:443?transport=tcp',
    'turn:[::1]',
    'turn:home_box:1',
  ])('%s is one', (url) => {
    expect(validServers([{ urls: [url], ...login }])).toHaveLength(1);
  });

  test.each([
    '',
    'stun:',
    'stun:h?transport=udp',
    'turn:h?transport=sctp',
    'turn:h:0',
    'turn:h:65536',
    'turn:h:',
    'turn:h:1:2',
    'turn://h',
    'turn:user@h',
    'turn:[::1',
    'turn:[10.0.0.1]x',
    'turn:h\r\nx',
    'https:h',
    'javascript:alert(1)',
    'turn:' + 'h.'.repeat(300),
  ])('%j is none', (url) => {
    expect(validServers([{ urls: [url], ...login }])).toEqual([]);
  });

  test.each([
    undefined,
    null,
    'x',
    {},
    [null],
    [{}],
    [{ urls: 'turn:h', ...login }],
    [{ urls: [] }],
    [{ urls: [1] }],
    [{ urls: Array<string>(9).fill('stun:h') }],
    [{ urls: ['turn:h'] }],
    [{ urls: ['turn:h'], username: 'a' }],
    [{ urls: ['turn:h'], username: 'a\nb', credential: 'c' }],
    [{ urls: ['turn:h'], username: 'a'.repeat(509), credential: 'c' }],
    [{ urls: ['turn:h'], username: 1, credential: 'c' }],
  ])('%j has none', (list) => {
    expect(validServers(list)).toEqual([]);
  });

  test('the bad ones are left out, and those that are too many', () => {
    const good = { urls: ['stun:h'] };
    const list = [{ urls: ['gopher:h'] }, ...Array<typeof good>(20).fill(good)];
    expect(validServers(list)).toEqual(Array(maxServers).fill(good));
    expect(validServers([{ urls: ['stun:h'], ...login, credentialType: 'x' }])).toEqual([good]);
  });

  test('no mixture is taken that names more than a host and a port', () => {
    const piece = fc.constantFrom(
      ...['turn:', 'stun', 's', ':', '?', 'transport=', 'udp', '[', ']'],
      ...['::1', '1', 'h', '@', '/', ' ', '\n', '%00'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const url = pieces.join('');
        if (validServers([{ urls: [url], ...login }]).length === 0) return;
        expect(url).toMatch(/^(stun|turn)s?:(\w+|\[[:\d]+\])(:\d+)?(\?transport=udp)?$/);
      }),
      { numRuns: 20_000, examples: [[['turn:', 'h']]] },
    );
  });

  test('whatever JSON it is, what is taken is whole', () => {
    const named = fc.record({
      urls: fc.array(fc.constantFrom('turn:h', 'stun:h', 'x')),
      username: fc.jsonValue(),
      credential: fc.string(),
    });
    fc.assert(
      fc.property(fc.oneof(fc.array(named), fc.jsonValue()), (list) => {
        for (const s of validServers(list)) {
          expect(s.urls).not.toContain('x');
          if (s.urls.includes('turn:h')) expect(s.username && s.credential).toBeTruthy();
        }
      }),
    );
  });
});
