// Package testservers starts real test servers, such as authorization servers and PostgreSQL. They
// listen on a loopback address and end with the test process, however it ends.
//
// `make testservers` installs them. In CI a test fails if its server is missing; elsewhere it is
// skipped with a message.
package testservers

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Full reports whether POSTERN_TESTS is full, as in make test: tests then take no short form.
func Full() bool {
	return os.Getenv("POSTERN_TESTS") == "full" //nolint:forbidigo // the environment is the only source
}

// Programs skips the test, or fails it in CI, unless the named programs are installed.
func Programs(tb testing.TB, names ...string) {
	tb.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			missing(tb, name)
			tb.SkipNow()
		}
	}
}

// missing fails the test in CI, and elsewhere reports on standard error that a server or
// program is missing.
func missing(tb testing.TB, name string) {
	tb.Helper()
	if os.Getenv("CI") == "true" { //nolint:forbidigo // the environment is the only source
		tb.Fatalf("%s is not installed: run make testservers", name)
	}
	fmt.Fprintf(os.Stderr, "SKIPPED %s in %s: it is not installed; run make testservers\n", name, tb.Name()) //nolint:forbidigo // a test's log is hidden when it passes
}
