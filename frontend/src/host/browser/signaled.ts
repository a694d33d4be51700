// What the signaling says, as a page does.
import { failureOf, type Code, type Failure } from '../../model/snapshot.ts';
import {
  formatInvite,
  showRoomID,
  SignalingError,
  type ErrorCode,
  type Invite,
} from '../../signaling/signaling.ts';

/** A room's names as they are shown; without a server it is the page's own. */
export const shown = (invite: Invite) => ({
  room: showRoomID(invite.room),
  invite: formatInvite({ ...invite, server: invite.server || location.origin }),
});

export const codeOf = (code: ErrorCode): Code =>
  code === 'too_large' || code === 'bad_message' ? 'refused' : code;

export const failureFrom = (thrown: unknown): Failure =>
  thrown instanceof SignalingError
    ? { code: codeOf(thrown.code), message: thrown.message }
    : failureOf(thrown);
