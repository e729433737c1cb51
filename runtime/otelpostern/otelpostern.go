// Package otelpostern reports the runs of an engine to OpenTelemetry: spans of runs,
// requests, attempts, token fetches and calls of functions, with the semantic conventions
// for HTTP clients, and metrics.
//
//	observer, err := otelpostern.New(otelpostern.Config{})
//	…
//	manager, err := connection.NewManager(connection.Config{Set: set, Egress: client, OnTokenFetch: observer.OnTokenFetch})
//	engine := runtime.New(runtime.Config{Connector: manager, OnRun: observer.OnRun})
//
// The span of a run is a child of the span in the context of Engine.Run; below it are
//
//	run task.js                 a run, with the identity of the task
//	├─ request POST             a request of the script, with all its attempts
//	│  ├─ POST                  an attempt: repeats, redirects and renewed tokens have their own
//	│  └─ fetch token           that the request waited for
//	├─ fetch token
//	└─ call module.function     of runtime.Config.Modules
//	   └─ GET                   by a function that uses the connector for the task
//
// Denials are events of the span that they belong to. No span or metric has the path, the
// query, a header or the body of a request, so url.full is missing, nor the text of an
// error, which may repeat data of a task: error.type has its code.
//
// The package imports only the API of OpenTelemetry, and no package that a program embeds
// imports it.
package otelpostern

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// scope is the name of the instrumentation.
const scope = "github.com/postern-dev/postern/runtime/otelpostern"

// Config configures an [Observer].
type Config struct {
	TracerProvider trace.TracerProvider // default that of package otel
	MeterProvider  metric.MeterProvider // default that of package otel
}

// Observer makes spans and metrics of events. It is safe for concurrent use, by several
// engines too.
type Observer struct {
	tracer  trace.Tracer
	metrics metrics
}

// New returns an Observer. The error is one of the MeterProvider, which refused to make
// an instrument.
func New(cfg Config) (*Observer, error) {
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	if cfg.MeterProvider == nil {
		cfg.MeterProvider = otel.GetMeterProvider()
	}
	m, err := newMetrics(cfg.MeterProvider.Meter(scope))
	return &Observer{tracer: cfg.TracerProvider.Tracer(scope), metrics: m}, err
}

// OnRun is a [runtime.Config].OnRun.
func (o *Observer) OnRun(ctx context.Context, id hostapi.Identity) func(runtime.Event) {
	if o == nil || o.tracer == nil {
		return nil
	}
	r := &run{observer: o, script: attribute.String("postern.script", id.Script), ctx: context.WithoutCancel(ctx)}
	return r.note
}

// OnTokenFetch is a connection.Config.OnTokenFetch. It records metrics; the spans of
// fetches are made by OnRun.
func (o *Observer) OnTokenFetch(_ hostapi.Identity, f hostapi.TokenFetch) {
	if o == nil || o.tracer == nil {
		return
	}
	attributes := withError([]attribute.KeyValue{
		attribute.String("postern.connection", f.Connection), attribute.String("postern.token_fetch.reason", string(f.Reason)),
	}, string(f.Code))
	o.metrics.fetches.Record(context.Background(), f.Duration.Seconds(), metric.WithAttributes(attributes...))
}

// run makes the spans of one run. It is used by one goroutine at a time.
type run struct {
	observer *Observer
	script   attribute.KeyValue
	ctx      context.Context // of the run: at first that of the caller

	span   trace.Span
	within spanOf // the request or call in progress; zero: none
}

// spanOf is a span and the context with it.
type spanOf struct {
	span trace.Span
	ctx  context.Context
}

func (r *run) note(e runtime.Event) {
	switch {
	case e.RunStart != nil:
		r.begin(e)
	case r.span == nil:
	case e.RunEnd != nil:
		r.end(e)
	case e.RequestStart != nil:
		r.beginRequest(e)
	case e.RequestEnd != nil:
		r.endRequest(e)
	case e.Attempt != nil:
		r.attempt(e.Attempt)
	case e.TokenFetch != nil:
		r.tokenFetch(e.TokenFetch)
	case e.Denial != nil:
		r.denial(e)
	case e.CallStart != nil:
		r.beginWithin("call "+e.CallStart.Module+"."+e.CallStart.Function, e.Time)
	case e.Call != nil:
		r.endWithin(string(e.Call.Code), e.Time)
	}
}

func (r *run) begin(e runtime.Event) {
	attributes := []attribute.KeyValue{r.script}
	for _, a := range []struct{ key, value string }{
		{"postern.tenant", e.Identity.Tenant},
		{"postern.actor", e.Identity.Actor},
		{"postern.task.id", e.Identity.Task},
		{"postern.run.id", e.Identity.Run},
	} {
		if a.value != "" {
			attributes = append(attributes, attribute.String(a.key, a.value))
		}
	}
	r.ctx, r.span = r.observer.tracer.Start(r.ctx, "run "+e.Identity.Script, trace.WithTimestamp(e.Time), trace.WithAttributes(attributes...))
	r.observer.metrics.active.Add(r.ctx, 1, metric.WithAttributes(r.script))
}

func (r *run) end(e runtime.Event) {
	code, usage := string(hostapi.CodeOf(e.RunEnd.Err)), e.RunEnd.Usage
	r.span.SetAttributes(
		attribute.Int("postern.run.requests", usage.Requests), attribute.Float64("postern.run.cpu_time", usage.CPU.Seconds()),
	)
	fail(r.span, code)
	r.span.End(trace.WithTimestamp(e.Time))
	m := &r.observer.metrics
	m.active.Add(r.ctx, -1, metric.WithAttributes(r.script))
	m.runs.Record(r.ctx, usage.Wall.Seconds(), metric.WithAttributes(withError([]attribute.KeyValue{r.script}, code)...))
}

func (r *run) beginRequest(e runtime.Event) {
	r.beginWithin("request "+method(e.RequestStart.Method), e.Time, requestAttributes(e.RequestStart)...)
}

func (r *run) endRequest(e runtime.Event) {
	if r.within.span != nil {
		r.within.span.SetAttributes(attribute.Int("postern.request.attempts", e.RequestEnd.Attempts))
	}
	r.endWithin(string(e.RequestEnd.Code), e.Time)
}

// beginWithin begins the span of a request or a call, which is the parent of others.
func (r *run) beginWithin(name string, at time.Time, attributes ...attribute.KeyValue) {
	ctx, span := r.observer.tracer.Start(r.ctx, name, trace.WithTimestamp(at), trace.WithAttributes(attributes...))
	r.within = spanOf{span, ctx}
}

func (r *run) endWithin(failure string, at time.Time) {
	if r.within.span == nil {
		return
	}
	fail(r.within.span, failure)
	r.within.span.End(trace.WithTimestamp(at))
	r.within = spanOf{}
}

func (r *run) attempt(a *hostapi.Attempt) {
	attributes := attemptAttributes(a)
	failure := attemptError(a)
	span := r.child(method(a.Method), trace.SpanKindClient, a.Start, a.Duration, failure, append(attributes,
		resendAttributes(a)...)...)
	m, ctx := &r.observer.metrics, trace.ContextWithSpan(r.ctx, span)
	with := metric.WithAttributes(withError(attributes, failure)...)
	m.attempts.Record(ctx, a.Duration.Seconds(), with)
	m.requestBytes.Record(ctx, a.RequestBytes, with)
	m.responseBytes.Record(ctx, a.ResponseBytes, with)
}

func (r *run) tokenFetch(f *hostapi.TokenFetch) {
	attributes := []attribute.KeyValue{
		attribute.String("postern.connection", f.Connection), attribute.String("postern.token_fetch.reason", string(f.Reason)),
		attribute.Bool("postern.token_fetch.shared", f.Shared), attribute.Bool("postern.token_fetch.from_store", f.FromStore),
	}
	if f.Account != "" {
		attributes = append(attributes, attribute.String("postern.account", f.Account))
	}
	r.child("fetch token", trace.SpanKindInternal, f.Start, f.Duration, string(f.Code), attributes...)
}

func (r *run) denial(e runtime.Event) {
	d, span := e.Denial, r.span
	if r.within.span != nil {
		span = r.within.span
	}
	var attributes []attribute.KeyValue
	for _, a := range []struct{ key, value string }{
		{"postern.operation", d.Op}, {"postern.denial.target", d.Target}, {"postern.connection", d.Connection}, {"postern.denial.rule", d.Rule},
	} {
		if a.value != "" {
			attributes = append(attributes, attribute.String(a.key, a.value))
		}
	}
	span.AddEvent("postern.denied", trace.WithTimestamp(e.Time), trace.WithAttributes(withError(attributes, string(d.Code))...))
	r.observer.metrics.denials.Add(r.ctx, 1, metric.WithAttributes(withError(nil, string(d.Code))...))
}

// child makes a span that has ended, below the request or call in progress, or the run.
func (r *run) child(name string, kind trace.SpanKind, start time.Time, took time.Duration, failure string, attributes ...attribute.KeyValue) trace.Span {
	ctx := r.ctx
	if r.within.span != nil {
		ctx = r.within.ctx
	}
	_, span := r.observer.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(start), trace.WithAttributes(attributes...))
	fail(span, failure)
	span.End(trace.WithTimestamp(start.Add(took)))
	return span
}
