package cli

import (
	"os"
	"path/filepath"

	"github.com/postern-dev/postern/runtime"
)

// engine returns an engine that keeps compiled WebAssembly in the user's cache
// folder. Without one, or if it cannot be made, every process compiles anew.
func (a *app) engine(cfg runtime.Config) *runtime.Engine {
	if a.env.CacheDir != "" {
		dir := filepath.Join(a.env.CacheDir, "postern", "wasm")
		if err := os.MkdirAll(dir, 0o700); err == nil {
			cfg.WasmCacheDir = dir
		}
	}
	return runtime.New(cfg)
}
