import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { ManualSignaler } from './manual.ts';
import { candidateLine, parseCandidate, strip } from './manualcandidates.ts';
import { pack, unpack } from './manualcode.ts';
import { dictionary } from './manualdictionary.ts';
import { SignalingError, type Description, type Room, type RoomEvent } from './signaling.ts';

const testdata = new URL('../../../backend/signaling/manual/testdata/', import.meta.url);

interface Golden {
  Codes: {
    Name: string;
    By: string;
    Code: string;
    Type: string;
    SDP: string;
    Stamp: number;
    Sum: number;
  }[];
}

const goldenFile = new URL('golden.json', testdata);
const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Golden;
const names = [...new Set(golden.Codes.map((c) => c.Name))];
const fixture = (name: string): Description => ({
  type: name.includes('answer') ? 'answer' : 'offer',
  sdp: readFileSync(new URL(`${name}.sdp`, testdata), 'utf8'),
});

const codeOfThrown = (f: () => unknown): string | undefined => {
  try {
    f();
  } catch (thrown) {
    return thrown instanceof SignalingError ? thrown.code : String(thrown);
  }
  return undefined;
};

test('the dictionary is the Go side’s', () => {
  expect(dictionary).toBe(readFileSync(new URL('../dictionary.txt', testdata), 'utf8'));
});

test('the codes of either side are read', () => {
  if (process.env['PARLEY_GOLDEN']) {
    golden.Codes = golden.Codes.filter((c) => c.By === 'go');
    for (const name of names) {
      const { code, sum } = pack(fixture(name), [], 29_700_001);
      const { description: d, stamp } = unpack(code);
      golden.Codes.push({
        Name: name,
        By: 'page',
        Code: code,
        Type: d.type,
        SDP: d.sdp,
        Stamp: stamp,
        Sum: sum,
      });
    }
    writeFileSync(goldenFile, JSON.stringify(golden, null, 1) + '\n');
  }
  expect(golden.Codes.filter((c) => c.By === 'page').length).toBeGreaterThanOrEqual(10);
  for (const c of golden.Codes) {
    expect(unpack(c.Code)).toEqual({
      description: { type: c.Type, sdp: c.SDP },
      stamp: c.Stamp,
      sum: c.Sum,
    });
  }
});

test('a code is small, and its description comes back as the Go side has it', () => {
  for (const name of names) {
    const d = fixture(name);
    const { code } = pack(d, [], 1);
    const bytes = Math.floor(((code.length - 'PARLEY:'.length) * 5) / 8); // base32
    expect(bytes, name).toBeLessThan(600);
    const go = golden.Codes.find((c) => c.Name === name && c.By === 'go');
    expect(unpack(code).description.sdp).toBe(go?.SDP);
    expect(strip(unpack(code).description.sdp, []).text).toBe(strip(d.sdp, []).text);
  }
});

test.each([
  ['1 1 udp 1 2001:DB8:0:0:0:0:0:1 9 typ host', '2001:db8::1'],
  ['1 1 udp 1 ::1 9 typ host', '::1'],
  ['1 1 udp 1 1:0:0:2:0:0:0:3 9 typ host', '1:0:0:2::3'],
  ['1 1 udp 1 1:0:2:3:4:5:6:7 9 typ host', '1:0:2:3:4:5:6:7'],
  ['1 1 udp 1 ::ffff:192.0.2.1 9 typ host', '::ffff:192.0.2.1'],
  ['1 1 udp 1 192.0.2.1 9 typ srflx raddr 0.0.0.0 rport 0', '192.0.2.1'],
  ['1 1 tcp 1 192.0.2.1 9 typ host tcptype active', undefined],
  ['1 2 udp 1 192.0.2.1 9 typ host', undefined],
  ['1 1 udp 1 computer.example 9 typ host', undefined],
  ['1 1 udp 1 fe80::1%eth0 9 typ host', undefined],
  ['1 1 udp 1 1::2::3 9 typ host', undefined],
  ['1 1 udp 1 192.0.2.256 9 typ host', undefined],
])('candidate %s', (line, address) => {
  const c = parseCandidate(line);
  expect(c?.address).toBe(address);
  if (c)
    expect(parseCandidate(candidateLine(c, 0).slice('a=candidate:'.length))?.address).toBe(address);
});

test('whatever is pasted is read or named bad', () => {
  const { code } = pack(fixture('pion-offer'), [], 1);
  fc.assert(
    fc.property(fc.nat(code.length), fc.string(), fc.nat(20), (at, text, gone) => {
      const odd = codeOfThrown(() => unpack(code.slice(0, at) + text + code.slice(at + gone)));
      expect(odd ?? 'bad_code').toBe('bad_code');
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
      const sdp = `v=0\n${text.replace(/[\r\0]/g, '')}\na=cname:${text}\n`.replace(/[\r\0]/g, '');
      const back = unpack(pack({ type: 'offer', sdp }, [], 1).code).description.sdp;
      expect(strip(back, []).text).toBe(strip(sdp, []).text);
    }),
  );
});

function heard(room: Room): RoomEvent[] {
  const events: RoomEvent[] = [];
  room.listen((e) => events.push(e));
  return events;
}

const codeIn = (events: RoomEvent[]): string =>
  events.flatMap((e) => (e.type === 'code' ? [e.code] : [])).at(-1) ?? '';

test('a call by hand, and the codes that it refuses', async () => {
  vi.useFakeTimers();
  const [ours, other] = [new ManualSignaler(), new ManualSignaler()];
  const caller = await ours.create();
  const events = heard(caller);
  await expect(caller.takeCode?.('PARLEY:')).rejects.toMatchObject({ code: 'bad_code' });
  const offer = fixture('chromium-offer');
  await caller.sendDescription(offer);
  await expect(caller.sendDescription(offer)).rejects.toMatchObject({ code: 'refused' });
  await vi.advanceTimersByTimeAsync(1_999);
  expect(codeIn(events)).toBe('');
  await caller.sendCandidate({
    candidate: 'candidate:1 1 udp 1 198.51.100.3 9 typ srflx raddr 0.0.0.0 rport 0',
    sdpMid: '0',
  });
  await vi.advanceTimersByTimeAsync(1);
  const code = codeIn(events);
  await expect(ours.join(caller.invite)).rejects.toMatchObject({ code: 'own_room' });
  await expect(caller.takeCode?.(code)).rejects.toMatchObject({ code: 'bad_code' });
  await expect(caller.takeCode?.(code.slice(0, -9))).rejects.toMatchObject({ code: 'bad_code' });

  const callee = await other.join({ room: '', server: '', fingerprint: '', code });
  const [present, description] = heard(callee);
  expect(present).toEqual({ type: 'presence', present: true });
  expect(description).toMatchObject({ description: { type: 'offer' } });
  expect(JSON.stringify(description)).toContain('198.51.100.3 9 typ srflx');
  const late = heard(callee);
  await callee.sendDescription(fixture('pion-answer-to-chromium'));
  await expect(
    caller.sendCandidate({ candidate: 'candidate:1', sdpMid: '0' }),
  ).rejects.toMatchObject({ code: 'refused' });
  await caller.takeCode?.(codeIn(late));
  expect(events.slice(-2)).toMatchObject([
    { type: 'presence', present: true },
    { description: { type: 'answer' } },
  ]);

  const second = await ours.create();
  const theirs = heard(second);
  await second.sendDescription(fixture('firefox-offer'));
  await expect(second.takeCode?.(codeIn(late))).rejects.toMatchObject({ code: 'room_expired' });
  await expect(other.join({ ...callee.invite, code: codeIn(late) })).rejects.toMatchObject({
    code: 'bad_code',
  });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(theirs.at(-1)).toEqual({ type: 'closed', code: 'room_expired' });
  expect(events.at(-1)).toMatchObject({ description: { type: 'answer' } }); // an answered one stays
  vi.setSystemTime(Date.now() + 16 * 60_000);
  await expect(other.join({ ...callee.invite, code: codeIn(theirs) })).rejects.toMatchObject({
    code: 'room_expired',
  });
  await caller.leave();
  await expect(caller.sendDescription(offer)).rejects.toMatchObject({ code: 'room_closed' });
  vi.useRealTimers();
});
