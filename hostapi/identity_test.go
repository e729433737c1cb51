package hostapi_test

import (
	"log/slog"
	"os"

	"github.com/postern-dev/postern/hostapi"
)

// An Identity in a log line says which task failed.
func ExampleIdentity() {
	identity := hostapi.Identity{Tenant: "acme", Actor: "user:ada", Run: "17/2", Script: "sync.js"}

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	logger.Error("task failed", "identity", identity)
	// Output: level=ERROR msg="task failed" identity.tenant=acme identity.actor=user:ada identity.run=17/2 identity.script=sync.js
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
