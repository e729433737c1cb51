package jsvm

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the garbage of VMs grow as a worker process does: each test leaves some.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
