//go:build linux

package browser

import (
	"os/exec"
	"testing"
)

// TestNoOtherPages: a browser that has just begun opens nothing besides our page, which
// would take the processor from what is measured then.
func TestNoOtherPages(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes a second")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no Chromium: build/deps.sh lab installs it")
	}
	b, err := Start(exec.Command, t.TempDir(), "none.y4m", "none.wav", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	var list struct {
		TargetInfos []struct{ Type, URL string }
	}
	if err := b.call("Target.getTargets", object{"filter": []object{{}}}, &list); err != nil {
		t.Fatal(err)
	}
	for _, target := range list.TargetInfos {
		if target.Type != "tab" && target.Type != "page" {
			t.Errorf("it has a %s of %s", target.Type, target.URL)
		}
	}
}
