package repotest_test

import (
	"os"
	"testing"

	"github.com/postern-dev/postern/runtime"
)

func TestMain(m *testing.M) {
	runtime.WorkerMain()
	os.Exit(m.Run())
}
