package media

import (
	"testing"

	"github.com/pion/mediadevices/pkg/driver"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	for _, d := range registered() { // those of this machine
		driver.GetManager().Delete(d.ID())
	}
	goleak.VerifyTestMain(m)
}
