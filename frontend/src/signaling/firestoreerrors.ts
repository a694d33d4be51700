// What goes wrong at Firebase, in the words of the signaling contract.
import { SignalingError, type ErrorCode } from './signaling.ts';

/** How long Firebase may take for one thing, in ms. */
export const deadline = 10_000;

/** The error code of Firestore ('unavailable') or of Firebase Auth ('auth/…'); '' for others. */
export function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : '';
}

// https://firebase.google.com/docs/reference/js/firestore_.md#firestoreerrorcode
const codes: Record<string, ErrorCode> = {
  unavailable: 'unreachable',
  'deadline-exceeded': 'unreachable',
  'not-found': 'room_closed',
  'resource-exhausted': 'too_many',
  'auth/network-request-failed': 'unreachable',
  'auth/timeout': 'unreachable',
  'auth/too-many-requests': 'too_many',
};

/** The error of the contract for whatever was thrown; what was being done leads its message. */
export function signalingError(doing: string, thrown: unknown): SignalingError {
  if (thrown instanceof SignalingError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SignalingError(codes[codeOf(thrown)] ?? 'refused', `${doing}: ${message}`);
}

export const closed = (): SignalingError =>
  new SignalingError('room_closed', 'the room was closed');

/**
 * The promise, or 'unreachable' when it takes longer than ms: Firestore's
 * client waits without end for a network that is gone.
 */
export async function within<T>(
  doing: string,
  promise: Promise<T>,
  ms: number = deadline,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SignalingError('unreachable', `${doing}: no answer in ${ms / 1000} s`)),
      ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } catch (thrown) {
    throw signalingError(doing, thrown);
  } finally {
    clearTimeout(timer);
  }
}
