package cli

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tracer returns what exports traces by OTLP over HTTP, as the usual variables of the
// environment say: https://opentelemetry.io/docs/specs/otel/protocol/exporter/. It is nil
// if none names an endpoint. Call flush at the end.
func (a *app) tracer(ctx context.Context) (_ trace.TracerProvider, flush func(), _ error) {
	if !a.isSet("OTEL_EXPORTER_OTLP_ENDPOINT") && !a.isSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
		return nil, func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, usageError("serve", "traces cannot be exported: "+err.Error(), "look at the variables OTEL_EXPORTER_OTLP_…")
	}
	// Attributes of OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win.
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "postern"), attribute.String("service.version", Version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, nil, usageError("serve", err.Error(), "look at OTEL_RESOURCE_ATTRIBUTES")
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return provider, func() {
		const longest = 5 * time.Second
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
		defer cancel()
		_ = provider.Shutdown(end) // spans that cannot be delivered are lost
	}, nil
}

func (a *app) isSet(name string) bool {
	if a.env.LookupEnv == nil {
		return false
	}
	value, ok := a.env.LookupEnv(name)
	return ok && value != ""
}
