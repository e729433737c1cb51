package main

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/otelpostern"
)

// observe returns a runtime.Config.OnRun that writes the events of a run to the log of the
// service, and makes spans of them.
func (s *service) observe(observer *otelpostern.Observer) func(context.Context, hostapi.Identity) func(runtime.Event) {
	return func(ctx context.Context, id hostapi.Identity) func(runtime.Event) {
		log, spans := s.log.With("identity", id), observer.OnRun(ctx, id)
		return func(e runtime.Event) {
			spans(e)
			switch {
			case e.Log != nil:
				log.InfoContext(ctx, "log", "level", e.Log.Level, "text", e.Log.Message)
			case e.Denial != nil:
				log.WarnContext(ctx, "denied", "target", e.Denial.Target, "connection", e.Denial.Connection, "message", e.Denial.Message)
			case e.RunEnd != nil:
				log.InfoContext(ctx, "end", "code", hostapi.CodeOf(e.RunEnd.Err), "cpu", e.RunEnd.Usage.CPU)
			}
		}
	}
}
