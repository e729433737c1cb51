package cli

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// engine returns an engine that keeps compiled WebAssembly in the user's cache
// folder. Without a folder that is the user's alone every process compiles anew.
func (a *app) engine(cfg runtime.Config) *runtime.Engine {
	cfg.WasmCacheDir = wasmCacheDir(a.env.CacheDir)
	return runtime.New(cfg)
}

// closeManager gives the token requests that nobody waits for any more a moment
// to end, even after Ctrl-C.
func (a *app) closeManager(ctx context.Context, m *connection.Manager) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = m.Close(ctx) // nothing that the user waits for is lost
}

// wasmCacheDir returns a folder below root, making it if needed, or "" if
// somebody else might have put machine code there.
func wasmCacheDir(root string) string {
	if root == "" {
		return ""
	}
	dir := filepath.Join(root, "postern")
	for _, d := range []string{dir, filepath.Join(dir, "wasm")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return ""
		}
		info, err := os.Lstat(d)
		if err != nil || !info.IsDir() || !ownedByUserAlone(info) {
			return ""
		}
		dir = d
	}
	return dir
}

// raiseTime returns limits with room for a task that may take d; 0 asks for no
// more than the default.
func raiseTime(limits hostapi.Limits, d time.Duration) hostapi.Limits {
	if d > 0 {
		limits.Time = max(limits.Or(hostapi.DefaultLimits()).Time, d)
	}
	return limits
}
