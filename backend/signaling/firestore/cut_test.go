package firestore

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestWhatIsCutIsDoneAgain(t *testing.T) {
	cut := status.Error(codes.Canceled, "call already cancelled")
	for name, test := range map[string]struct {
		answers []error
		tries   int
		ok      bool
	}{
		"nothing is":       {[]error{nil}, 1, true},
		"once":             {[]error{cut, nil}, 2, true},
		"always":           {[]error{cut, cut, cut, nil}, 3, false},
		"refused, not cut": {[]error{errors.New("no"), nil}, 1, false},
	} {
		tries := 0
		err := whileCut(t.Context(), func() error { tries++; return test.answers[tries-1] })
		if tries != test.tries || (err == nil) != test.ok {
			t.Errorf("%s: %d tries, %v", name, tries, err)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	tries := 0
	if err := whileCut(over, func() error { tries++; return cut }); tries != 1 || err == nil {
		t.Errorf("given up by us: %d tries, %v", tries, err)
	}
}
