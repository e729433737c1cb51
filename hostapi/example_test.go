package hostapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
)

func ExampleParseRule() {
	rule, err := hostapi.ParseRule("GET,HEAD https://*.example.com/v1/*")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"https://api.example.com/v1/users", "https://api.example.com/v2/users", "https://example.com/v1/users"} {
		u, err := url.Parse(text)
		fmt.Println(text, err == nil && rule.Match("GET", u))
	}
	// Output:
	// https://api.example.com/v1/users true
	// https://api.example.com/v2/users false
	// https://example.com/v1/users false
}

func ExampleError() {
	var err error = &hostapi.Error{
		Code: hostapi.CodeTimeout, Op: "get", Name: "api.example.com:443", Message: "no whole answer within 30s",
	}
	fmt.Println(err)
	fmt.Println(hostapi.CodeOf(err), errors.Is(err, context.DeadlineExceeded))
	// Output:
	// get api.example.com:443: no whole answer within 30s
	// timeout true
}

// A field of zero means the default, and a task can only lower a limit.
func ExampleLimits_Within() {
	engine := hostapi.Limits{Requests: 50}.Or(hostapi.DefaultLimits())
	task := hostapi.Limits{Requests: 1000, Redirects: 1}.Within(engine)
	fmt.Println(task.Requests, task.Redirects, task.Time)
	// Output:
	// 50 1 30s
}
