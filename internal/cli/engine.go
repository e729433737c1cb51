package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/runtime"
)

// engine returns an engine that keeps compiled WebAssembly in the user's cache
// folder. Without a folder that only the user can write to, every process compiles again.
func (a *app) engine(cfg runtime.Config) *runtime.Engine {
	cfg.Cache = &runtime.Cache{WasmDir: wasmCacheDir(a.env.CacheDir)}
	return runtime.New(cfg)
}

// closeManager waits for a renewal that spends a refresh token, even after Ctrl-C:
// ending in the middle would lose the grant. A second Ctrl-C ends the process.
func (a *app) closeManager(ctx context.Context, m *connection.Manager) {
	closed := make(chan error, 1)
	go func() { closed <- m.Close(context.WithoutCancel(ctx)) }()
	var err error
	select {
	case err = <-closed:
	case <-time.After(time.Second / 2):
		a.out.say("postern: finishing the renewal of a token, so that its refresh token is not lost; Ctrl-C again ends at once")
		err = <-closed
	}
	if err != nil {
		message, hint := explanation(err)
		a.out.warn(strings.TrimSuffix(message+"; "+hint, "; "))
	}
}

// wasmCacheDir returns a folder below root, making it if needed, or "" if
// another user might have put machine code there.
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
		if err != nil || !info.IsDir() || !atomicfile.OwnedByUserAlone(info) {
			return ""
		}
		dir = d
	}
	return dir
}

// closeEngine closes an engine at the end of a command. It does not wait for a task
// that was left behind in a function that nothing interrupts: the process ends.
func closeEngine(engine *runtime.Engine) {
	if engine.Running() == 0 {
		_ = engine.Close() // nothing is left to end
	}
}

// raiseTime returns limits with room for a task that may take d; 0 asks for no
// more than the default.
func raiseTime(limits hostapi.Limits, d time.Duration) hostapi.Limits {
	if d > 0 {
		limits.Time = max(limits.Or(hostapi.DefaultLimits()).Time, d)
	}
	return limits
}
