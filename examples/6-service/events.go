package main

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// logRun is a runtime.Config.OnRun that writes some events of a run to the log of the
// service.
func (s *service) logRun(ctx context.Context, id hostapi.Identity) func(runtime.Event) {
	log := s.log.With("identity", id)
	return func(e runtime.Event) {
		switch {
		case e.Log != nil:
			log.InfoContext(ctx, "log", "line", e.LogLine, "level", e.Log.Level, "text", e.Log.Message)
		case e.Denial != nil:
			log.WarnContext(ctx, "denied", "target", e.Denial.Target, "connection", e.Denial.Connection, "message", e.Denial.Message)
		case e.RunEnd != nil:
			log.InfoContext(ctx, "end", "code", hostapi.CodeOf(e.RunEnd.Err), "cpu", e.RunEnd.Usage.CPU)
		}
	}
}
