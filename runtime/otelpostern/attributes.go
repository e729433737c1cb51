package otelpostern

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// method returns the method as the conventions want it, so that a script cannot make any
// number of names and time series.
func method(name string) string {
	known := []string{"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
	if slices.Contains(known, name) {
		return name
	}
	return "HTTP"
}

func methodAttribute(name string) attribute.KeyValue {
	if m := method(name); m != "HTTP" {
		return semconv.HTTPRequestMethodKey.String(m)
	}
	return semconv.HTTPRequestMethodOther
}

func requestAttributes(r *runtime.RequestStart) []attribute.KeyValue {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	attributes := []attribute.KeyValue{methodAttribute(r.Method), semconv.ServerAddress(strings.Trim(host, "[]"))}
	if r.Connection != "" {
		attributes = append(attributes, attribute.String("postern.connection", r.Connection))
	}
	return attributes
}

// attemptAttributes are those of span and metrics.
func attemptAttributes(a *hostapi.Attempt) []attribute.KeyValue {
	attributes := []attribute.KeyValue{methodAttribute(a.Method), semconv.ServerAddress(a.Origin.Host), semconv.URLScheme(a.Origin.Scheme)}
	if port, err := strconv.Atoi(a.Origin.Port); err == nil {
		attributes = append(attributes, semconv.ServerPort(port))
	}
	if a.Status != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(a.Status))
	}
	if version, ok := strings.CutPrefix(a.Protocol, "HTTP/"); ok {
		attributes = append(attributes, semconv.NetworkProtocolName("http"), semconv.NetworkProtocolVersion(strings.TrimSuffix(version, ".0")))
	}
	return attributes
}

// resendAttributes are those of the span alone.
func resendAttributes(a *hostapi.Attempt) []attribute.KeyValue {
	attributes := []attribute.KeyValue{semconv.HTTPRequestBodySize(int(a.RequestBytes)), semconv.HTTPResponseBodySize(int(a.ResponseBytes))}
	if a.Number > 1 {
		attributes = append(attributes, semconv.HTTPRequestResendCount(a.Number-1))
	}
	if a.Resend != "" {
		attributes = append(attributes, attribute.String("postern.resend", string(a.Resend)))
	}
	if len(a.Connections) > 0 {
		attributes = append(attributes, attribute.StringSlice("postern.connections", a.Connections))
	}
	return attributes
}

// attemptError is the error.type of an attempt: the code of an error, or a status that
// is one for a client; "" if it has none.
func attemptError(a *hostapi.Attempt) string {
	if a.Code == "" && a.Status >= 400 {
		return strconv.Itoa(a.Status)
	}
	return string(a.Code)
}

func withError(attributes []attribute.KeyValue, kind string) []attribute.KeyValue {
	if kind == "" {
		return attributes
	}
	return append(slices.Clip(attributes), semconv.ErrorTypeKey.String(kind))
}

// fail sets the status of a span, unless kind is "".
func fail(span trace.Span, kind string) {
	if kind != "" {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(kind))
	}
}
