package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/runtime/otelpostern"
)

// spans makes spans of requests to the server, of attempts of runs and of token fetches
// that are not part of a run; those below a run are otelpostern's.
type spans struct {
	tracer   trace.Tracer
	observer *otelpostern.Observer // nil: there is no tracer
}

func newSpans(provider trace.TracerProvider) (*spans, error) {
	const scope = "github.com/postern-dev/postern/internal/server"
	if provider == nil {
		return &spans{tracer: noop.NewTracerProvider().Tracer(scope)}, nil
	}
	observer, err := otelpostern.New(otelpostern.Config{TracerProvider: provider})
	return &spans{provider.Tracer(scope), observer}, err
}

// request begins the span of a request, below that of the client if it sent one. Call end
// with the request that was served.
func (s *spans) request(r *http.Request) (*http.Request, func(r *http.Request, status int)) {
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := s.tracer.Start(ctx, "HTTP request", trace.WithSpanKind(trace.SpanKindServer))
	return r.WithContext(ctx), func(r *http.Request, status int) {
		route := routeOf(r)
		span.SetName(route)
		span.SetAttributes(attribute.String("http.request.method", r.Method), attribute.String("http.route", route),
			attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// run begins the span of an attempt. Call end with the code of its error.
func (s *spans) run(ctx context.Context, run *runs.Run) (context.Context, func(code string)) {
	ctx, span := s.tracer.Start(ctx, "task "+run.Task, trace.WithAttributes(attribute.String("postern.run", run.ID),
		attribute.String("postern.task", run.Task), attribute.Int("postern.attempt", run.Attempt)))
	if run.Tenant != "" {
		span.SetAttributes(attribute.String("postern.tenant", run.Tenant))
	}
	return ctx, func(code string) {
		if code != "" {
			span.SetAttributes(attribute.String("error.type", code))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// tokenFetch makes the span of a fetch that no run waited for.
func (s *spans) tokenFetch(id hostapi.Identity, f hostapi.TokenFetch) {
	if id.Run != "" {
		return
	}
	_, span := s.tracer.Start(context.Background(), "fetch token", trace.WithTimestamp(f.Start), trace.WithAttributes(
		attribute.String("postern.connection", f.Connection), attribute.String("postern.token_fetch.reason", string(f.Reason))))
	if f.Code != "" {
		span.SetAttributes(attribute.String("error.type", string(f.Code)))
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(f.Start.Add(f.Duration)))
}

type requestIDKey struct{}

// logHandler adds the ids of the request and of the trace to lines of the log.
type logHandler struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(requestIDKey{}).(string); ok {
		r.AddAttrs(slog.String("request_id", id))
	}
	if c := trace.SpanContextFromContext(ctx); c.IsValid() {
		r.AddAttrs(slog.String("trace_id", c.TraceID().String()), slog.String("span_id", c.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name)}
}

// observed tells of a request that was served.
func (s *Server) observed(r *http.Request, status int, took time.Duration, end func(*http.Request, int)) {
	s.metrics.request(r, status, took)
	end(r, status)
}
