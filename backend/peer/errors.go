package peer

import (
	"errors"
	"fmt"
)

// What can go wrong. The methods wrap these; callers test with errors.Is.
var (
	ErrBadConfig         = errors.New("the connection's settings are not usable")
	ErrBadDescription    = errors.New("not a valid session description")
	ErrUnexpected        = errors.New("a description that is not expected now")
	ErrNoCommonCodec     = errors.New("no codec that both sides have")
	ErrBadCandidate      = errors.New("not a valid ICE candidate")
	ErrTooManyCandidates = errors.New("too many ICE candidates")
	ErrNotOpen           = errors.New("the control channel is not open")
	ErrTooLarge          = errors.New("too large to send")
	ErrBusy              = errors.New("too much is waiting to be sent")
	ErrWrongCodec        = errors.New("a frame of another codec than the other side takes")
	ErrNotReady          = errors.New("the other side cannot take media yet")
	ErrClosed            = errors.New("the connection is closed")
)

func errDropped(err error) error { return fmt.Errorf("frame dropped: %w", err) }
