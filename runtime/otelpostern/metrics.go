package otelpostern

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// metrics are the instruments. Their attributes have no tenant, actor, task or account,
// of which there may be any number.
type metrics struct {
	runs     metric.Float64Histogram
	active   metric.Int64UpDownCounter
	attempts metric.Float64Histogram

	requestBytes  metric.Int64Histogram
	responseBytes metric.Int64Histogram

	fetches metric.Float64Histogram
	denials metric.Int64Counter
}

func newMetrics(meter metric.Meter) (metrics, error) {
	var m metrics
	var failed []error
	// The buckets are those that the conventions advise for http.client.request.duration.
	seconds := metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
	duration := func(name, description string) metric.Float64Histogram {
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), seconds)
		failed = append(failed, err)
		return h
	}
	size := func(name, description string) metric.Int64Histogram {
		h, err := meter.Int64Histogram(name, metric.WithUnit("By"), metric.WithDescription(description))
		failed = append(failed, err)
		return h
	}
	m.runs = duration("postern.run.duration", "Duration of runs of scripts.")
	m.attempts = duration("http.client.request.duration", "Duration of HTTP client requests.")
	m.requestBytes = size("http.client.request.body.size", "Size of HTTP client request bodies.")
	m.responseBytes = size("http.client.response.body.size", "Size of HTTP client response bodies.")
	m.fetches = duration("postern.token_fetch.duration", "Duration of token fetches.")
	var err error
	m.active, err = meter.Int64UpDownCounter("postern.run.active", metric.WithUnit("{run}"), metric.WithDescription("Number of runs in progress."))
	failed = append(failed, err)
	m.denials, err = meter.Int64Counter("postern.denials", metric.WithUnit("{denial}"), metric.WithDescription("Number of denials."))
	return m, errors.Join(append(failed, err)...)
}
