import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { formatInvite, parseInvite, parseRoomID, showRoomID, SignalingError } from './signaling.ts';

// The Go side's tests read the same file.
const golden = JSON.parse(
  readFileSync(
    new URL('../../../backend/signaling/testdata/invites.json', import.meta.url),
    'utf8',
  ),
) as {
  rooms: { in: string; id: string; shown: string }[];
  badRooms: string[];
  invites: { in: string; room: string; server: string; out: string }[];
  badInvites: string[];
  badRoomInvites: string[];
  codes: { in: string; code: string }[];
  badCodes: string[];
};

function codeOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    if (error instanceof SignalingError) return error.code;
    throw error;
  }
  return '';
}

describe('room IDs', () => {
  it.each(golden.rooms)('$in', ({ in: text, id, shown }) => {
    expect(parseRoomID(text)).toBe(id);
    expect(showRoomID(id)).toBe(shown);
  });

  it.each([...golden.badRooms, 'Z'.repeat(129)])('refuses %j', (text) => {
    expect(codeOf(() => parseRoomID(text))).toBe('bad_room_id');
  });

  it('reads what it shows', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let id: string;
        try {
          id = parseRoomID(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SignalingError);
          return;
        }
        expect(parseRoomID(showRoomID(id))).toBe(id);
      }),
    );
  });
});

describe('call codes', () => {
  it.each(golden.codes)('$in', ({ in: text, code }) => {
    const invite = parseInvite(text);
    expect(invite).toMatchObject({ room: '', server: '', code });
    expect(formatInvite(invite)).toBe(code);
  });

  it.each(golden.badCodes)('refuses %j', (text) => {
    expect(codeOf(() => parseInvite(text))).toBe('bad_code');
  });
});

describe('invites', () => {
  it.each(golden.invites)('$in', ({ in: text, room, server, out }) => {
    const invite = parseInvite(text);
    expect(invite).toMatchObject({ room, server });
    expect(formatInvite(invite)).toBe(out);
    expect(parseInvite(out)).toEqual(invite);
  });

  it.each([...golden.badInvites, `https://h/#room=abc&${'x'.repeat(2048)}`])(
    'refuses %s',
    (text) => {
      expect(codeOf(() => parseInvite(text))).toBe('bad_invite');
    },
  );

  it.each(golden.badRoomInvites)('refuses the room in %s', (text) => {
    expect(codeOf(() => parseInvite(text))).toBe('bad_room_id');
  });
});
