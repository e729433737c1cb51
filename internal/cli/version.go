package cli

import (
	"cmp"
	"fmt"
	"math"
	goruntime "runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"

	"github.com/spf13/cobra"
)

// Version is set by packagers who build from an archive:
//
//	go build -ldflags "-X github.com/postern-dev/postern/internal/cli.Version=v1.2.3" ./cmd/postern
//
// Otherwise the version is what the Go toolchain recorded.
var Version string //nolint:gochecknoglobals // only the linker sets it, before the program starts

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: "Prints the version of Postern, of Go, and the platform, and how garbage is collected.\n\n" +
			"Unless GOGC or GOMEMLIMIT is set, postern collects at GOGC=400, and GOMEMLIMIT is half\n" +
			"of the memory of the machine or of its control group.",
		Example: "  postern version",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *app) printVersion() error {
	return a.out.write(fmt.Appendf(nil, "postern %s %s %s/%s\n%s\n", version(), goruntime.Version(), goruntime.GOOS, goruntime.GOARCH, collector()))
}

// collector returns the settings of the garbage collector as the variables that set them.
func collector() string {
	samples := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(samples)
	growth, limit := samples[0].Value.Uint64(), samples[1].Value.Uint64()
	text := "GOGC=off"
	if growth < math.MaxInt32 {
		text = "GOGC=" + strconv.FormatUint(growth, 10)
	}
	if limit == math.MaxInt64 {
		return text + " GOMEMLIMIT=off"
	}
	return text + " GOMEMLIMIT=" + strconv.FormatUint(limit>>20, 10) + "MiB"
}

func version() string {
	recorded := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		recorded = info.Main.Version
	}
	return cmp.Or(Version, recorded, "(unknown)")
}
