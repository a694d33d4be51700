package backend

import (
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOneGoroutine: what `make test-go` runs without the race detector begins no
// goroutine. At the top only the tests are held to it.
func TestOneGoroutine(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^SINGLE +:= (.*)$`).FindSubmatch(makefile)
	if line == nil {
		t.Fatal("the Makefile has no SINGLE")
	}
	var single []string
	for _, pkg := range strings.Fields(string(line[1])) {
		single = append(single, path.Clean(pkg))
	}
	seen := map[string]bool{}
	for _, f := range goFiles(t) {
		if !slices.Contains(single, f.pkg) {
			continue
		}
		seen[f.pkg] = true
		if f.pkg == "." && !f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			begins := false
			switch n := n.(type) {
			case *ast.GoStmt:
				begins = true
			case *ast.SelectorExpr:
				begins = n.Sel.Name == "Go" || n.Sel.Name == "Parallel"
			}
			if begins {
				t.Errorf("%s:%d begins a goroutine: take the package out of SINGLE in the Makefile", f.path, f.set.Position(n.Pos()).Line)
			}
			return true
		})
	}
	if len(seen) != len(single) {
		t.Errorf("SINGLE names %v, found are %v", single, seen)
	}
}
