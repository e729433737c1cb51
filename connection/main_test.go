package connection_test

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "8") // by default: most tests wait for a server
	os.Exit(m.Run())
}
