package pipewire

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connection is one to what is no PipeWire.
func connection(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	if err := Check(); err != nil {
		t.Skip(err)
	}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs = os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	return ours, theirs
}

func TestPipeWireThatIsSilent(t *testing.T) {
	ours, _ := connection(t)
	if _, err := Open(context.Background(), ours, 1, 15); !errors.Is(err, ErrNoPipeWire) {
		t.Errorf("%v", err)
	}
}

func TestPipeWireThatEnds(t *testing.T) {
	ours, theirs := connection(t)
	_ = theirs.Close()
	if _, err := Open(context.Background(), ours, 1, 15); !errors.Is(err, ErrNoPipeWire) && !errors.Is(err, ErrGone) {
		t.Errorf("%v", err)
	}
}

func TestWaitIsCutShort(t *testing.T) {
	ours, _ := connection(t)
	hungUp := errors.New("hung up")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(hungUp)
	if _, err := Open(ctx, ours, 1, 15); !errors.Is(err, hungUp) {
		t.Errorf("%v", err)
	}
}
