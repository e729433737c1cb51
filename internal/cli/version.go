package cli

import (
	"cmp"
	"fmt"
	goruntime "runtime"
	"runtime/debug"

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
		Use:     "version",
		Short:   "Print the version",
		Long:    "Prints the version of Postern, of Go, and the platform.",
		Example: "  postern version",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *app) printVersion() error {
	return a.out.write(fmt.Appendf(nil, "postern %s %s %s/%s\n", version(), goruntime.Version(), goruntime.GOOS, goruntime.GOARCH))
}

func version() string {
	recorded := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		recorded = info.Main.Version
	}
	return cmp.Or(Version, recorded, "(unknown)")
}
