package cli

import (
	"cmp"
	"context"
	"fmt"
	"math"
	goruntime "runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/runtime"
)

// Version is set by packagers who build from an archive:
//
//	go build -ldflags "-X github.com/postern-dev/postern/internal/cli.Version=v1.2.3" ./cmd/postern
//
// Otherwise the version is what the Go toolchain recorded.
var Version string //nolint:gochecknoglobals // only the linker sets it, before the program starts

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: "Prints the version of Postern, of Go, and the platform, and how garbage is collected.\n\n" +
			"Unless GOGC or GOMEMLIMIT is set, postern collects at GOGC=400, and GOMEMLIMIT is half\n" +
			"of the memory of the machine or of its control group.\n\n" +
			"With --json it also says where JavaScript runs, and what holds a worker process\n" +
			"beside its limits: namespaces, the version of Landlock (0: none) and seccomp.",
		Example: "  postern version\n  postern version --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return a.printVersionJSON(cmd.Context())
			}
			return a.printVersion()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object, with the protection of worker processes")
	return cmd
}

// versionReport is what version --json prints.
type versionReport struct {
	Version   string `json:"version"`
	Go        string `json:"go"`
	Platform  string `json:"platform"`
	Isolation string `json:"isolation"` // default of --isolation

	Protection *runtime.Protection `json:"protection,omitempty"` // of worker processes, where the system has them
}

func (a *app) printVersionJSON(ctx context.Context) error {
	v := versionReport{
		Version: version(), Go: goruntime.Version(), Platform: goruntime.GOOS + "/" + goruntime.GOARCH, Isolation: usualIsolation(),
	}
	if runtime.WorkersSupported() {
		isolation := &runtime.Workers{Spare: -1}
		engine := runtime.New(runtime.Config{Isolation: isolation})
		defer closeEngine(engine)
		p, err := isolation.Protection(ctx)
		if err != nil {
			return err
		}
		v.Protection = &p
	}
	return a.out.writeJSON(v)
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
