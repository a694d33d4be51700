package lan

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The page's client speaks to this server in its own language.
func TestTypeScriptClient(t *testing.T) {
	frontend := filepath.Join("..", "..", "..", "frontend")
	vitest := filepath.Join("node_modules", "vitest", "vitest.mjs")
	if _, err := os.Stat(filepath.Join(frontend, vitest)); err != nil {
		t.Skip("the front end's packages are not installed (npm ci in frontend)")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	s := listen(t, Config{})
	c := exec.CommandContext(t.Context(), node, vitest, "run", "src/signaling/lan.server.test.ts")
	c.Dir = frontend
	c.Env = append(os.Environ(), "PARLEY_TEST_SERVER="+s.Origin(), "NODE_TLS_REJECT_UNAUTHORIZED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := s.Rooms(); n != 0 {
		t.Errorf("%d rooms are left", n)
	}
}
