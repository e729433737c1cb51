// Package peers starts real test servers, such as authorization servers and PostgreSQL. They
// listen on a loopback address and end with the test process, however it ends.
//
// `make peers` installs them. In CI a test fails if its server is missing; elsewhere it is
// skipped with a message.
package peers

import (
	"fmt"
	"os"
	"testing"
)

// missing fails the test in CI, and elsewhere reports on standard error that the server is
// missing.
func missing(tb testing.TB, server string) {
	tb.Helper()
	if os.Getenv("CI") == "true" { //nolint:forbidigo // the environment is the only source
		tb.Fatalf("%s is not installed: run make peers", server)
	}
	fmt.Fprintf(os.Stderr, "SKIPPED %s in %s: it is not installed; run make peers\n", server, tb.Name()) //nolint:forbidigo // a test's log is hidden when it passes
}
