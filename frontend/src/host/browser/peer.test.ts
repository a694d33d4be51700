import { afterEach, expect, test, vi } from 'vitest';
import { Peer, type PeerEvents } from './peer.ts';
import { FakeStream } from './testing.ts';

afterEach(() => vi.unstubAllGlobals());

/** A browser that has gathered its hosts by the time of the offer. */
class Gathering {
  static last: Gathering;
  constructor() {
    Gathering.last = this;
  }
  localDescription: object | null = null;
  iceGatheringState = 'complete';
  onicecandidate: ((e: { candidate: object }) => void) | null = null;

  addTransceiver(): void {
    // there is no media
  }
  createDataChannel(): object {
    return {};
  }
  setLocalDescription(): Promise<void> {
    const lines = inside.map((c) => `a=${c.inSDP}\r\n`).join('');
    const sdp = `v=0\r\ns=-\r\nm=audio 9 x 111\r\n${lines}`;
    this.localDescription = { type: 'offer', sdp };
    inside.forEach((c) => this.gather(c.told));
    return Promise.resolve();
  }
  gather(candidate: string): void {
    this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate }) } });
  }
}

const host = (n: number): string => `candidate:${n} 1 udp 2122260223 192.0.2.${n} 40000 typ host`;
/** As Chromium says it, which names the ufrag in the event alone, and as Firefox does. */
const inside = [
  {
    told: `${host(1)} generation 0 ufrag aBcD network-id 1 network-cost 10`,
    inSDP: `${host(1)} generation 0 network-id 1 network-cost 10`,
  },
  { told: host(2), inSDP: host(2) },
];

test('candidates that travel inside of the offer are not sent again', async () => {
  vi.stubGlobal('RTCPeerConnection', Gathering);
  vi.stubGlobal('MediaStream', FakeStream);
  const sent: string[] = [];
  const on = { candidate: (c) => sent.push(c.candidate) } as Partial<PeerEvents> as PeerEvents;
  const peer = new Peer('caller', new RTCPeerConnection(), () => null, on, 100);
  const { sdp } = await peer.offer();
  expect(sdp).toContain('\r\na=x-parley-more\r\na=x-parley-heard:none\r\nm=audio');
  Gathering.last.gather(host(3));
  peer.described();
  expect(sent).toEqual([host(3)]);
});
