package firestore

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"parley/backend/signaling"
)

// ErrFullOrExpired is a room that exists and that we may not read: the rules
// show a room to its two participants until its end, and to a newcomer while
// the callee's seat is free. Which of the two it is, they do not tell.
var ErrFullOrExpired = fmt.Errorf("%w, or %w", signaling.ErrRoomFull, signaling.ErrExpired)

// ErrNoAnswer is a room whose callee took its seat and did not answer in time,
// as one that was killed. Nobody else can take the seat.
var ErrNoAnswer = fmt.Errorf("%w: whoever took the other seat did not answer", signaling.ErrExpired)

// named gives Firestore's error a name of package signaling. A context that
// the caller ended comes first; its own deadline means that the service was
// not reached in time.
func named(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	for _, own := range []error{
		signaling.ErrUnreachable, signaling.ErrRefused, signaling.ErrTooMany, signaling.ErrRoomGone, signaling.ErrRoomNotFound,
		signaling.ErrRoomFull, signaling.ErrExpired, signaling.ErrOwnRoom, signaling.ErrBadMessage, signaling.ErrTooLarge,
	} {
		if errors.Is(err, own) {
			return err
		}
	}
	if cause := ctx.Err(); errors.Is(cause, context.Canceled) {
		return cause
	} else if cause != nil {
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, cause)
	}
	switch status.Code(err) {
	case codes.NotFound:
		return fmt.Errorf("%w: %w", signaling.ErrRoomGone, err)
	case codes.ResourceExhausted:
		return fmt.Errorf("%w: the project's quota is used up: %w", signaling.ErrTooMany, err)
	case codes.PermissionDenied:
		return fmt.Errorf("%w: the project's rules, or its App Check, do not allow it: %w", signaling.ErrRefused, err)
	case codes.Unauthenticated:
		return fmt.Errorf("%w: the project does not take our sign-in: %w", signaling.ErrRefused, err)
	case codes.InvalidArgument, codes.FailedPrecondition, codes.Unimplemented, codes.OutOfRange, codes.AlreadyExists:
		return fmt.Errorf("%w: %w", signaling.ErrRefused, err)
	}
	return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
}
