// What other clients write into a room's documents: anything may be there.
import type { DocumentData, Timestamp } from 'firebase/firestore';
import { maxPacked } from './firestorebounds.ts';
import type { Candidate, Description } from './signaling.ts';

/** Tells a description from what stands for "not yet": absent, null or empty. */
export function hasDescription(value: unknown): value is { sdp: string } {
  return isObject(value) && typeof value['sdp'] === 'string' && value['sdp'] !== '';
}

/** Whether a callee sits in a room; one of an old client claims nothing. */
export const isTaken = (data: DocumentData): boolean =>
  typeof data['calleeUid'] === 'string' || hasDescription(data['answer']);

export function isUpdate(value: unknown): value is Description & { n: number } {
  return (
    hasDescription(value) &&
    'type' in value &&
    (value.type === 'offer' || value.type === 'answer') &&
    'n' in value &&
    Number.isSafeInteger(value.n)
  );
}

/** A document's candidates, of which there is mostly one; none where it is no candidate's. */
export function candidatesOf(data: DocumentData): Candidate[] {
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment, more } = data as Record<
    string,
    unknown
  >;
  if (typeof candidate !== 'string') return [];
  const further = typeof more === 'string' ? more.split('\n') : [];
  return [candidate, ...further.slice(0, maxPacked - 1)].map((text) => ({
    candidate: text,
    sdpMid: typeof sdpMid === 'string' ? sdpMid : null,
    sdpMLineIndex: typeof sdpMLineIndex === 'number' ? sdpMLineIndex : null,
    ...(typeof usernameFragment === 'string' && { usernameFragment }),
  }));
}

/** Puts candidates of one media section and generation into a document, in their order. */
export function pack(all: Candidate[], together: boolean): Candidate[][] {
  const documents: Candidate[][] = [];
  for (const c of all) {
    const last = documents.at(-1);
    const first = last?.[0];
    if (together && first && last.length < maxPacked && goTogether(first, c)) last.push(c);
    else documents.push([c]);
  }
  return documents;
}

const goTogether = (a: Candidate, b: Candidate): boolean =>
  a.candidate !== '' &&
  b.candidate !== '' &&
  a.sdpMid === b.sdpMid &&
  a.sdpMLineIndex === b.sdpMLineIndex &&
  a.usernameFragment === b.usernameFragment;

/** The fields of a document of candidates. The room of an old client has no end, and neither have its candidates. */
export function candidateFields(
  [first, ...more]: Candidate[],
  uid: string,
  expireAt: Timestamp | undefined,
): DocumentData {
  return {
    candidate: first?.candidate,
    sdpMid: first?.sdpMid ?? null,
    sdpMLineIndex: first?.sdpMLineIndex ?? null,
    ...(typeof first?.usernameFragment === 'string' && {
      usernameFragment: first.usernameFragment,
    }),
    ...(more.length > 0 && { more: more.map((c) => c.candidate).join('\n') }),
    uid,
    ...(expireAt && { expireAt }),
  };
}

/** Whether a description has the media section of a candidate. */
export const hasPlace = (sdp: string, c: Candidate): boolean =>
  c.candidate !== '' && typeof c.sdpMid === 'string' && sdp.includes(`\na=mid:${c.sdpMid}\r\n`);

/** A description with candidates in their media sections (RFC 8839, section 5.1). */
export function withCandidates(sdp: string, some: Candidate[]): string {
  for (const { candidate, sdpMid } of some) {
    const line = `\na=mid:${sdpMid}\r\n`;
    sdp = sdp.replace(line, () => `${line}a=${candidate}\r\n`);
  }
  return sdp;
}

/** Whether a description's maker reads several candidates in a document. */
export const packs = (sdp: string): boolean => sdp.includes('\na=x-parley-more\r\n');

/** Makes a new document's ID that of a seat's nth candidate, from 0. */
export function numbered(id: string, n: number): string {
  const number = String(n).padStart(6, '0');
  return number + id.slice(number.length);
}

/**
 * Tells whether these candidates' documents are all that their writer has made,
 * as far as their IDs tell: Parley's are numbered. Of none it says no: a
 * listener may have missed the only ones.
 */
export function hasAll(candidates: { id: string }[]): boolean {
  const numbers = candidates.map(({ id }) => id.slice(0, 6)).filter((n) => /^\d{6}$/.test(n));
  return candidates.length > 0 && Math.max(-1, ...numbers.map(Number)) === numbers.length - 1;
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null;
