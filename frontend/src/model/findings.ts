// What the check before a call finds, in the page's language. The Go side says
// it in English, with names and figures. Other languages say it by the finding's
// cause, and leave in English what only an administrator can mend.
import type { Finding } from '../host/host.ts';
import { codes } from './snapshot.ts';
import { words, type Sentence } from './words.ts';

/** What there are words for: causes of backend/doctor, or check and cause. */
export type Cause =
  | `${'camera' | 'microphone' | 'speaker' | 'firewall' | 'signaling' | 'network'} works`
  | `${'camera' | 'microphone' | 'speaker'} off`
  | 'no_picture'
  | 'silent'
  | 'heard'
  | 'stalled'
  | 'speaker_muted'
  | 'parley_muted'
  | 'not_played'
  | 'portal'
  | 'intercepted'
  | `own_firewall_${'in' | 'out' | 'port'}`
  | 'ufw'
  | 'by_hand'
  | 'no_network'
  | 'clock'
  | 'offline'
  | 'ipv6_only'
  | 'dns'
  | 'unknown_name'
  | 'no_servers'
  | 'no_udp_servers'
  | 'open'
  | 'mapped'
  | 'cone'
  | 'symmetric'
  | 'symmetric_no_relay'
  | 'only_443'
  | 'udp_blocked'
  | 'servers_down'
  | 'blocked'
  | 'reachable'
  | 'lossy'
  | 'slow'
  | 'relay unreachable'
  | 'not_running'
  | 'credentials'
  | 'quota'
  | 'forbidden'
  | 'certificate';

export type Findings = Record<Cause, Pick<Sentence, 'what'> & Partial<Sentence>>;

/** What to say of a finding, and in which language that is. */
export function said(f: Finding): { what: string; next?: string; lang: string } {
  const check = f.check.split(' ', 1)[0] ?? '';
  const own: Partial<Record<string, Findings[Cause]>> = words.findings ?? {};
  const code = codes.find((c) => c === f.cause);
  // A device's trouble, or a room's, is named as in a call. Firebase's are others.
  const known = check !== 'signaling' || code === 'unreachable' || code === 'no_server';
  const sentence =
    own[`${check} ${f.cause}`] ??
    own[f.cause] ??
    (words.findings && code && known ? words.code[code] : undefined);
  return sentence ? { ...sentence, lang: words.tag } : { ...f, lang: 'en' };
}
