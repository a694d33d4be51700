// What other clients write into a room's documents: anything may be there.
import type { DocumentData, Timestamp } from 'firebase/firestore';
import type { Candidate, Description } from './signaling.ts';

/** Tells a description from what stands for "not yet": absent, null or empty. */
export function hasDescription(value: unknown): value is { sdp: string } {
  return isObject(value) && typeof value['sdp'] === 'string' && value['sdp'] !== '';
}

export function isUpdate(value: unknown): value is Description & { n: number } {
  return (
    hasDescription(value) &&
    'type' in value &&
    (value.type === 'offer' || value.type === 'answer') &&
    'n' in value &&
    Number.isSafeInteger(value.n)
  );
}

/** Undefined for what is no candidate. */
export function candidateOf(data: DocumentData): Candidate | undefined {
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = data as Record<string, unknown>;
  if (typeof candidate !== 'string') return undefined;
  return {
    candidate,
    sdpMid: typeof sdpMid === 'string' ? sdpMid : null,
    sdpMLineIndex: typeof sdpMLineIndex === 'number' ? sdpMLineIndex : null,
    ...(typeof usernameFragment === 'string' && { usernameFragment }),
  };
}

/** A candidate's document. The room of an old client has no end, and neither have its candidates. */
export function candidateFields(
  { candidate, sdpMid, sdpMLineIndex, usernameFragment }: Candidate,
  uid: string,
  expireAt: Timestamp | undefined,
): DocumentData {
  return {
    candidate,
    sdpMid: sdpMid ?? null,
    sdpMLineIndex: sdpMLineIndex ?? null,
    ...(typeof usernameFragment === 'string' && { usernameFragment }),
    uid,
    ...(expireAt && { expireAt }),
  };
}

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
