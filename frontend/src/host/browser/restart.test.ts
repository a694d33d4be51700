import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Description } from '../../signaling/signaling.ts';
import { Hearing } from './hearing.ts';
import { Peer } from './peer.ts';
import { redFirst } from './redundancy.ts';
import { Restarts } from './restart.ts';
import type { Report } from './stats.ts';
import { FakeStream } from './testing.ts';

const line = (name: string, sdp: string) => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(sdp)?.[1];

const voice = 'a=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n';

/** What of a browser's RTCPeerConnection a negotiation needs, with its rules of state. */
class Negotiating {
  static made = 0;
  readonly #name = `pc${Negotiating.made++}`;
  #n = 0;
  localDescription: Description | null = null;
  remoteDescription: Description | null = null;
  currentLocalDescription: Description | null = null;
  signalingState = 'stable';
  connectionState = 'new';
  /** The ufrags in use: ours and theirs. */
  own = '';
  theirs = '';
  candidates: string[] = [];

  iceGatheringState = 'complete';
  addTransceiver(): void {
    // a fake has no media
  }
  getTransceivers(): [] {
    return [];
  }
  createDataChannel(): object {
    return {};
  }
  #anew = true;
  restartIce(): void {
    this.#anew = true;
  }
  setLocalDescription(): Promise<void> {
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
    this.signalingState = type === 'answer' ? 'stable' : 'have-local-offer';
    // What answers belongs to the offer's generation, and each is a new one here.
    if (this.#anew || type === 'answer') this.own = `${this.#name}-${this.#n++}`;
    this.#anew = false;
    const setup = type === 'answer' ? 'active' : 'actpass';
    const sdp = `v=0\r\ns=-\r\nm=audio 9 x 111 63\r\n${voice}a=ice-ufrag:${this.own}\r\na=setup:${setup}\r\n`;
    this.localDescription = { type, sdp };
    if (type === 'answer') this.currentLocalDescription = this.localDescription;
    return Promise.resolve();
  }
  setRemoteDescription(d: Description): Promise<void> {
    if (d.type === 'answer' && this.signalingState !== 'have-local-offer') {
      return Promise.reject(new Error('an answer to nothing'));
    }
    if (d.type === 'answer' && line('setup', d.sdp) === 'actpass') {
      return Promise.reject(new Error('an answer that leaves the role open'));
    }
    if (d.type === 'offer' && this.signalingState !== 'stable') {
      return Promise.reject(new Error('a rollback: after it Chromium shows no picture'));
    }
    if (d.type === 'answer') this.currentLocalDescription = this.localDescription;
    this.remoteDescription = d;
    this.signalingState = d.type === 'offer' ? 'have-remote-offer' : 'stable';
    this.theirs = line('ice-ufrag', d.sdp) ?? '';
    return Promise.resolve();
  }
  addIceCandidate({ candidate }: { candidate: string }): Promise<void> {
    this.candidates.push(candidate);
    return Promise.resolve();
  }
  close(): void {
    this.signalingState = 'closed';
  }
}

let made: Negotiating[];

beforeEach(() => {
  made = [];
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal(
    'RTCPeerConnection',
    class extends Negotiating {
      constructor() {
        super();
        made.push(this);
      }
    },
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const nothing = () => undefined;
const events = {
  candidate: nothing,
  transport: nothing,
  stream: nothing,
  open: nothing,
  control: nothing,
  shut: nothing,
};

const protect = (side: Peer, on: boolean): Promise<void> =>
  side.revise((theirs, ours) => redFirst(theirs, ours, on));

/** Two sides that have made a call. */
async function pair(): Promise<{ sides: [Peer, Peer]; pcs: [Negotiating, Negotiating] }> {
  made = [];
  const sides = [
    new Peer('caller', new RTCPeerConnection(), () => null, events, 0),
    new Peer('callee', new RTCPeerConnection(), () => null, events, 0),
  ] as [Peer, Peer];
  await sides[0].accept(await sides[1].answer(await sides[0].offer()));
  made.forEach((pc) => (pc.connectionState = 'connected'));
  return { sides, pcs: [made[0]!, made[1]!] };
}

describe('later descriptions', () => {
  test('a peer tells by its first description that it answers later ones', async () => {
    const { sides } = await pair();
    expect(sides.map((p) => p.able)).toEqual([true, true]);
    const old = new Peer('callee', new RTCPeerConnection(), () => null, events, 0);
    await old.answer({ type: 'offer', sdp: 'v=0\r\nm=audio\r\na=ice-ufrag:x\r\n' });
    expect(old.able).toBe(false);
  });

  test.each([0, 1])('side %i restarts', async (n) => {
    const { sides, pcs } = await pair();
    const answer = await sides[1 - n]!.renegotiate(await sides[n]!.restart());
    expect(line('x-parley-heard', answer!.sdp)).toBe(pcs[n]!.own);
    expect(await sides[n]!.renegotiate(answer!)).toBeUndefined();
    expect([pcs[0].theirs, pcs[1].theirs]).toEqual([pcs[1].own, pcs[0].own]);
  });

  test('candidates wait for the description of their generation; those of an old one are dropped', async () => {
    const { sides, pcs } = await pair();
    const offer = await sides[0].restart();
    const candidate = (text: string, usernameFragment: string) =>
      sides[1].addCandidate({ candidate: text, usernameFragment });
    candidate('early', pcs[0].own);
    candidate('old', 'long gone');
    expect(pcs[1].candidates).toEqual([]);
    await sides[1].renegotiate(offer);
    candidate('late', pcs[0].own);
    expect(pcs[1].candidates).toEqual(['early', 'late']);
  });

  test('whatever order both sides offer and hear in, they agree in the end', () =>
    fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 25 }),
        async (replaces, steps) => {
          const { sides, pcs } = await pair();
          const boxes: [Description[], Description[]] = [[], []]; // what each is to hear
          const say = (to: number, d: Description) => {
            if (replaces) boxes[to]!.length = 0;
            boxes[to]!.push(d);
          };
          const hear = async (n: number) => {
            const answer = await sides[n]!.renegotiate(boxes[n]!.shift()!);
            if (answer) say(1 - n, answer);
          };
          for (const step of steps) {
            const n = step % 2;
            if (step < 2) say(1 - n, await sides[n]!.restart());
            else if (step >= 4) await protect(sides[n]!, step < 6);
            else if (boxes[n]!.length > 0) await hear(n);
          }
          while (boxes[0].length + boxes[1].length > 0) await hear(boxes[0].length > 0 ? 0 : 1);
          expect(pcs.map((pc) => pc.signalingState)).toEqual(['stable', 'stable']);
          expect([pcs[0].theirs, pcs[1].theirs]).toEqual([pcs[1].own, pcs[0].own]);
        },
      ),
      { numRuns: 300 },
    ));
});

describe('redundancy', () => {
  const formats = (pc: Negotiating) => /m=audio.*/.exec(pc.remoteDescription!.sdp)![0];
  const first = 'm=audio 9 x 63 111';
  const second = 'm=audio 9 x 111 63';

  test.each([0, 1])('side %i begins and ends it by itself', async (n) => {
    const { sides, pcs } = await pair();
    const [ours, theirs] = [pcs[n]!, pcs[1 - n]!];
    const before = [ours.own, ours.theirs];
    await protect(sides[n]!, false);
    expect(formats(ours)).toBe(second);
    await protect(sides[n]!, true);
    expect(formats(ours)).toBe(first);
    expect(formats(theirs)).toBe(second);
    await protect(sides[n]!, false);
    expect(formats(ours)).toBe(second);
    expect([ours.own, ours.theirs, ours.signalingState]).toEqual([...before, 'stable']);
  });

  test('a restart goes on as ever, and redundancy after it', async () => {
    const { sides, pcs } = await pair();
    await protect(sides[1], true);
    const answer = await sides[1].renegotiate(await sides[0].restart());
    await sides[0].renegotiate(answer!);
    expect([pcs[0].theirs, pcs[1].theirs]).toEqual([pcs[1].own, pcs[0].own]);
    expect(formats(pcs[1])).toBe(second);
    await protect(sides[1], true);
    expect(formats(pcs[1])).toBe(first);
  });

  test('it waits for the answer to an open offer, and for the connection', async () => {
    const { sides, pcs } = await pair();
    await sides[0].restart();
    await protect(sides[0], true);
    expect(formats(pcs[0])).toBe(second);
    pcs[1].connectionState = 'disconnected';
    await protect(sides[1], true);
    expect(formats(pcs[1])).toBe(second);
  });

  test('where one of the two has none, nothing is set anew', async () => {
    const { sides, pcs } = await pair();
    const set = vi.spyOn(pcs[0], 'setLocalDescription');
    pcs[0].localDescription!.sdp = pcs[0].localDescription!.sdp.replace(/.*red.*\r\n/, '');
    await protect(sides[0], true);
    expect(set).not.toHaveBeenCalled();
  });
});

describe('restarts', () => {
  let offers: number[];
  let broken: boolean;
  const make = () => {
    vi.useFakeTimers({ now: 0 });
    offers = [];
    broken = true;
    return new Restarts(
      (gone) => broken || gone,
      () => offers.push(Date.now()),
    );
  };

  test('begin after a second, then with growing pauses, and have an end', () => {
    const r = make();
    r.broke();
    vi.advanceTimersByTime(30_000);
    expect(offers).toEqual([1_000, 4_000, 10_000, 22_000]);
    vi.advanceTimersByTime(86_400_000);
    expect(offers).toHaveLength(12);
    r.anew();
    vi.advanceTimersByTime(1);
    expect(offers).toHaveLength(13);
  });

  test('a short silence needs none', () => {
    const r = make();
    r.broke();
    vi.advanceTimersByTime(900);
    r.found();
    vi.advanceTimersByTime(60_000);
    expect(offers).toEqual([]);
  });

  test('none while the room is as silent as the connection', () => {
    make();
    const room = { heard: 0, redial: vi.fn<(needed?: () => boolean) => void>() };
    const r = new Restarts(
      (gone) => broken || gone,
      () => offers.push(Date.now()),
      room,
    );
    vi.advanceTimersByTime(2_000);
    r.broke();
    vi.advanceTimersByTime(20_000);
    expect(offers).toEqual([]);
    // It may be another network by now, of which the browser says nothing.
    const looks = room.redial.mock.calls;
    expect(looks).toHaveLength(39);
    const opened = () => looks.at(-1)![0]!();
    broken = false;
    expect(opened()).toBe(false);
    broken = true;
    expect(opened()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(offers).toEqual([22_000]);
    r.found();
    offers.length = 0;
    r.broke();
    vi.advanceTimersByTime(5_000);
    expect(offers).toEqual([]);
    r.changed();
    vi.advanceTimersByTime(1);
    expect(offers).toEqual([27_001]); // that way does not come back
    broken = true;
    r.found();
    r.broke();
    vi.advanceTimersByTime(5_000);
    room.heard = Date.now();
    vi.advanceTimersByTime(500);
    expect(offers).toHaveLength(2);
  });

  test('a changed network is not waited for, and a restless one is', () => {
    const r = make();
    broken = false;
    r.changed();
    vi.advanceTimersByTime(1);
    expect(offers).toHaveLength(1);
    for (let ms = 0; ms < 2_000; ms += 50) {
      r.changed();
      vi.advanceTimersByTime(50);
    }
    expect(offers.length).toBeLessThanOrEqual(4);
  });

  test("the other side's restart is given its time", () => {
    const r = make();
    r.broke();
    r.answered();
    r.broke();
    vi.advanceTimersByTime(2_900);
    expect(offers).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(offers).toHaveLength(1);
  });
});

describe('hearing', () => {
  /** How long it takes to notice a silence, in ms, after bytes that came every so often until then. */
  function noticed(every: number, until = 61_000): number {
    const hearing = new Hearing();
    let bytes = 0;
    const report = (): Report =>
      new Map([['p', { type: 'candidate-pair', bytesReceived: bytes }]]) as unknown as Report;
    let now = 1_000;
    let last = now;
    for (; now < until; now += 250) {
      if (now % every < 250) {
        bytes += 100;
        last = now;
      }
      expect(hearing.hears(report(), now)).toBe(true);
    }
    while (hearing.hears(report(), now)) now += 250;
    return now - last;
  }

  test('a side that sends pictures is missed within a second', () => {
    expect(noticed(20)).toBeLessThanOrEqual(1_000);
    expect(noticed(20, 7_000)).toBeLessThanOrEqual(1_000);
  });

  test('one that is only heard of now and then is not taken for gone between', () => {
    expect(noticed(2_500)).toBeGreaterThanOrEqual(2_500);
  });
});
