// Command vet is go vet for another system than this one. go vet has every
// dependency compiled, to read what it exports; this reads it in the source and
// leaves out the bodies of functions: a twentieth of the time.
//
//	GOOS=darwin CGO_ENABLED=0 vet ./backend/call ...
//
// What a foreign function does to its arguments, such as to print by a format, is
// not seen: go vet for this system sees that.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

func main() {
	log.SetFlags(0)
	here, err := os.Getwd()
	if err != nil {
		log.Fatal(err)
	}
	loaded, err := packages.Load(&packages.Config{
		Mode:  packages.LoadAllSyntax | packages.NeedModule,
		Tests: true,
		ParseFile: func(set *token.FileSet, name string, source []byte) (*ast.File, error) {
			if strings.HasPrefix(name, here+string(os.PathSeparator)) {
				return parser.ParseFile(set, name, source, parser.ParseComments|parser.AllErrors)
			}
			file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
			if file != nil {
				withoutBodies(file)
			}
			return file, err
		},
	}, os.Args[1:]...)
	if err != nil {
		log.Fatal(err)
	}
	found := map[string]bool{} // once, though a package is there twice: for its tests too
	packages.Visit(loaded, nil, func(p *packages.Package) {
		for _, err := range p.Errors {
			if ours(p) || err.Kind == packages.ListError {
				found[err.Error()] = true
			}
		}
		// A dependency lacks what the bodies would have used: that is no fault.
		p.IllTyped = false
		for path, imported := range p.Imports {
			if !ours(imported) {
				delete(p.Imports, path)
			}
		}
	})
	tell(found) // what does not compile is not looked at further
	graph, err := checker.Analyze(suite, slices.DeleteFunc(loaded, func(p *packages.Package) bool { return !ours(p) }), nil)
	if err != nil {
		log.Fatal(err)
	}
	for action := range graph.All() {
		if action.Err != nil {
			log.Fatalf("%s: %v", action, action.Err)
		}
		for _, d := range action.Diagnostics {
			found[fmt.Sprintf("%s: %s", action.Package.Fset.Position(d.Pos), d.Message)] = true
		}
	}
	tell(found)
}

// tell ends the program where something was found.
func tell(found map[string]bool) {
	for _, line := range slices.Sorted(maps.Keys(found)) {
		fmt.Println(line)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}

// ours leaves out the main packages that go makes for tests.
func ours(p *packages.Package) bool {
	return p.Module != nil && p.Module.Main && !strings.HasSuffix(p.ID, ".test")
}

func withoutBodies(file *ast.File) {
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			f.Body = nil
		}
	}
}
