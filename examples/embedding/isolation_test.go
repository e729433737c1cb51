package embedding

import (
	"errors"
	"os"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func TestMain(m *testing.M) {
	runtime.WorkerMain() // at the top of main, and of TestMain in tests
	os.Exit(m.Run())
}

func TestRunUntrusted(t *testing.T) {
	t.Parallel()
	if !runtime.WorkersSupported() {
		t.Skip("this system has no worker processes")
	}
	_, err := runUntrusted(t.Context(), nil, []byte(`new Uint8Array(2 ** 36)`))
	if l, ok := errors.AsType[*hostapi.LimitError](err); !ok || l.Limit != "memory" {
		t.Errorf("error %v, want the limit of memory", err)
	}
}
