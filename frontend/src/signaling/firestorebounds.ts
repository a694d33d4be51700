// How long and how much a room in Firestore takes.
import type { Role } from './signaling.ts';

const minute = 60_000;
/** How long a room can be read after it was last renewed, in ms. */
export const lifetime = 60 * minute;
/** When a call's room is renewed, in ms; the callee does it where the caller did not. */
export const renewAfter: Record<Role, number> = { caller: 30 * minute, callee: 31 * minute };
/** How long joining may take, in ms: somebody waits there, and a narrow link or a service that has just begun is slow. */
export const joinTimeout = 20_000;
export const leaveTimeout = 2_000;
export const maxSDP = 64 << 10; // bytes
export const maxCandidates = 512;
export const maxPacked = 16; // candidates in one document
/** How long a candidate waits for others to go into the offer with, in ms; twice as long each time. */
export const foldAfter = 500;
/** How long after the nth commit of candidates the next may follow, in ms. */
export const pauseAfter = (n: number): number => (n === 0 ? 0 : 100 * 4 ** (n - 1));
export const maxBatch = 100; // documents in one commit; Firestore takes 500
export const maxDeletes = 450; // of them in one transaction; what is more expires
/** How long after its writing the other side may not have heard of a candidate, in ms. */
export const lookLate = 5_000;
/**
 * How soon the two are connected, in ms, or the listeners begin anew, which is
 * doubled each time. The emulator leaves out what is committed while a listener
 * begins (7 % of tries at it), and after a restart may tell it nothing at all.
 */
export const doubtAfter = 3_000;

/** How long after a look at the room that failed it is looked at again, in ms. */
export const lookAgainAfter = 1_000;

/** That a listener that ended rests at most, in ms; from lookAgainAfter on it is doubled each time. */
export const longestRest = minute;

/**
 * How long after its last answer the service is asked again whether it answers,
 * in ms: less than the SDK's first pause before it tries a broken stream again.
 */
export const askAfter = 5_000;

/** How long the SDK may take to hear a service that is back, in ms, before it connects anew again. */
export const redialAfter = 10_000;

/** How long after its claim a callee may take to answer, in ms; one that was killed never does. */
export const answerWithin = 30_000;
