package cli_test

import (
	"flag"
	"os"
	"testing"

	"github.com/postern-dev/postern/runtime"
)

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "8") // by default: most tests wait for a server
	runtime.WorkerMain()
	os.Exit(m.Run())
}
