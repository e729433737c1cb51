// Package peers starts real servers for tests to talk to. They listen on
// loopback and end with the test process, however it ends.
//
// `make peers` installs them. In CI a test fails where its server is missing;
// elsewhere it is told so, and goes on without.
package peers

import (
	"fmt"
	"os"
	"testing"
)

// missing ends the test in CI, and elsewhere says on standard error what the
// test goes without.
func missing(tb testing.TB, server string) {
	tb.Helper()
	if os.Getenv("CI") == "true" { //nolint:forbidigo // nobody else could tell a test
		tb.Fatalf("%s is not installed: run make peers", server)
	}
	fmt.Fprintf(os.Stderr, "SKIPPED %s in %s: it is not installed; run make peers\n", server, tb.Name()) //nolint:forbidigo // a test's log is hidden when it passes
}
