// What other clients write into a room's documents: anything may be there.
import type { DocumentData } from 'firebase/firestore';
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

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null;
