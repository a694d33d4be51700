// The candidates of a description, and what remains without them: candidate.go
// and sdp.go have the why.
import { appendHex, type Reader } from './manualreader.ts';
import type { Candidate } from './signaling.ts';

export interface Packed {
  kind: number; // an index of kinds
  transport: number; // an index of transports
  address: string;
  port: number;
  priority: number; // for the order only
}

const kinds = ['host', 'srflx', 'prflx', 'relay'];
const preferences = [126, 100, 110, 0]; // RFC 8445, section 5.1.2.2, in the order of kinds
const transports = ['udp', 'passive', 'so']; // tcp by its type: RFC 6544
const mdns = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local$/;
const v4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const maxCandidates = 24;

const idle = /^a=(?:end-of-candidates|x-parley-more|rtcp:.*|ssrc:\d+ (?:msid|mslabel|label):.*)$/;

/** A description's text, the same where it means the same, and its transport's candidates. */
export function strip(sdp: string, apart: Candidate[]): { text: string; candidates: Packed[] } {
  const candidates: Packed[] = [];
  const keep = (text: string) => {
    const c = parseCandidate(text.replace(/^(?:a=)?candidate:/, ''));
    if (c && candidates.length < maxCandidates && !candidates.some((o) => same(o, c))) {
      candidates.push(c);
    }
  };
  const lines: string[] = [];
  const mids = midsOf(sdp);
  const first = tagged(sdp);
  let n = -1;
  for (let line of sdp.split('\n')) {
    line = line.replace(/[\r\n]+$/, '');
    if (line.startsWith('m=')) {
      n++;
      line = line.replace(/^(m=\w+ )[1-9]\d* /, '$19 ');
    }
    if (line === '' || idle.test(line)) continue;
    if (line.startsWith('a=candidate:')) {
      if (n === first) keep(line);
    } else if (line.startsWith('c=')) lines.push('c=IN IP4 0.0.0.0');
    else lines.push(line);
  }
  for (const c of apart) {
    const mid = c.sdpMid ?? undefined;
    if (mid === undefined ? c.sdpMLineIndex === first : mid === mids[first]) keep(c.candidate);
  }
  candidates.sort((a, b) => b.priority - a.priority);
  return { text: lines.join('\n') + '\n', candidates };
}

const same = (a: Packed, b: Packed) =>
  a.kind === b.kind && a.transport === b.transport && a.address === b.address && a.port === b.port;

/** The way back: the candidates stand at the end of their section, and none will follow. */
export function dress(text: string, candidates: Packed[]): string {
  const out: string[] = [];
  const first = tagged(text);
  let n = -1;
  const end = () => {
    if (n !== first) return;
    candidates.forEach((c, i) => out.push(candidateLine(c, i)));
    out.push('a=end-of-candidates');
  };
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('m=')) {
      end();
      n++;
    }
    out.push(line.replace(/[\r\n]+$/, ''));
  }
  end();
  return out.join('\r\n') + '\r\n';
}

/** The number of the section whose transport all bundled ones use (RFC 9143, section 7.1). */
function tagged(sdp: string): number {
  const group = /^a=group:BUNDLE +(\S+)/m.exec(sdp)?.[1];
  return group === undefined ? 0 : Math.max(midsOf(sdp).indexOf(group), 0);
}

function midsOf(sdp: string): string[] {
  const mids: string[] = [];
  for (const line of sdp.split('\n')) {
    if (line.startsWith('m=')) mids.push('');
    else if (line.startsWith('a=mid:') && mids.length > 0)
      mids[mids.length - 1] = line.slice(6).trim();
  }
  return mids;
}

export function parseCandidate(line: string): Packed | undefined {
  const f = line.trim().split(/\s+/);
  const [, component, protocol = '', priority = '', address = '', port = '', typ, type = ''] = f;
  if (f.length < 8 || component !== '1' || typ !== 'typ') return undefined;
  const kind = kinds.indexOf(type);
  const i = f.indexOf('tcptype');
  const transport =
    protocol.toLowerCase() === 'udp' ? 0 : i < 0 ? -1 : transports.indexOf(f[i + 1] ?? '', 1);
  if (kind < 0 || transport < 0 || !/^\d{1,10}$/.test(priority) || !/^\d{1,5}$/.test(port)) {
    return undefined;
  }
  const c = { kind, transport, address, port: Number(port), priority: Number(priority) };
  if (c.port === 0 || c.port > 65535 || c.priority >= 2 ** 32) return undefined;
  if (v4.test(address) || mdns.test(address)) return c;
  const v6 = parse6(address);
  return v6 && { ...c, address: show6(v6) };
}

export function appendCandidate(b: number[], c: Packed): void {
  const how = c.kind | (c.transport << 2);
  if (mdns.test(c.address)) {
    b.push(how | (2 << 4));
    appendHex(b, c.address.replace('.local', '').replaceAll('-', ''));
  } else if (v4.test(c.address)) b.push(how, ...c.address.split('.').map(Number));
  else {
    b.push(how | (1 << 4));
    for (const group of parse6(c.address) ?? []) b.push(group >> 8, group & 255);
  }
  b.push(c.port >> 8, c.port & 255);
}

export function readCandidate(r: Reader): Packed {
  const how = r.byte();
  let address = '';
  switch (how >> 4) {
    case 0:
      address = r.take(4).join('.');
      break;
    case 1: {
      const b = r.take(16);
      address = show6(
        Array.from({ length: 8 }, (_, i) => ((b[2 * i] ?? 0) << 8) | (b[2 * i + 1] ?? 0)),
      );
      break;
    }
    case 2:
      address = `${r.uuid()}.local`;
      break;
    default:
      r.failed = true;
  }
  const port = (r.byte() << 8) | r.byte();
  const transport = (how >> 2) & 3;
  if (transport >= transports.length) r.failed = true;
  return { kind: how & 3, transport, address, port, priority: 0 };
}

/** The nth candidate as SDP; priority by RFC 8445, section 5.1.2.1, from kind and place. */
export function candidateLine(c: Packed, n: number): string {
  const local = c.transport > 0 ? (65535 - n) >> 3 : 65535 - n;
  const priority = (preferences[c.kind] ?? 0) * 2 ** 24 + ((local << 8) | 255);
  const tcp = c.transport > 0;
  const line = `a=candidate:${n + 1} 1 ${tcp ? 'tcp' : 'udp'} ${priority} ${c.address} ${c.port} typ ${kinds[c.kind] ?? ''}`;
  const related = c.address.includes(':') ? '::' : '0.0.0.0';
  return (
    line +
    (c.kind > 0 ? ` raddr ${related} rport 0` : '') +
    (tcp ? ` tcptype ${transports[c.transport] ?? ''}` : '')
  );
}

/** The 8 groups of an IPv6 address (RFC 4291, section 2.2); undefined for anything else. */
function parse6(text: string): number[] | undefined {
  const dotted = /^(.*:)(\d+(?:\.\d+){3})$/.exec(text);
  let whole = text;
  if (dotted) {
    if (!v4.test(dotted[2] ?? '')) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = (dotted[2] ?? '').split('.').map(Number);
    whole = `${dotted[1] ?? ''}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = whole.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((h) => (h === '' ? [] : h.split(':')));
  if (groups.flat().some((g) => !/^[0-9a-fA-F]{1,4}$/.test(g))) return undefined;
  const [head = [], tail = []] = groups;
  const gap = 8 - head.length - tail.length;
  if (halves.length === 1 ? gap !== 0 : gap < 1) return undefined;
  const zeros = halves.length === 1 ? [] : new Array<string>(gap).fill('0');
  return [...head, ...zeros, ...tail].map((g) => parseInt(g, 16));
}

/** An IPv6 address as RFC 5952 writes it. */
function show6(groups: number[]): string {
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff) {
    const [a = 0, b = 0] = groups.slice(6);
    return `::ffff:${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
  }
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = groups.map((g) => g.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}
