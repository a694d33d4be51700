package doctor_test

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"

	"parley/backend/cli"
	"parley/backend/session"
)

// Linux only, like the tests in namespaces: elsewhere it would need a C compiler.

// asParley in the environment makes this program Parley's command line: what is
// tested in the namespaces is what was compiled with the test.
const asParley = "PARLEY_DOCTOR_AS_PARLEY"

func TestMain(m *testing.M) {
	if os.Getenv(asParley) != "" {
		program := cli.Program{Examine: session.Examine}
		os.Exit(cli.Run(context.Background(), program, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}
