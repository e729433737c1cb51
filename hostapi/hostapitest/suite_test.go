package hostapitest_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
)

func TestConnectorPassesTheSuite(t *testing.T) {
	t.Parallel()
	hostapitest.TestConnector(t, func(_ *testing.T, api http.Handler) hostapitest.Subject {
		return subject(api, nil)
	})
}

func subject(api http.Handler, do doFunc) hostapitest.Subject {
	return hostapitest.Subject{
		Connector: &faulty{
			Connector: hostapitest.Connector{Handler: api, Tokens: map[string]string{"crm": "token"}, Enforce: true},
			do:        do,
		},
		URL: "http://api.example.com", Connection: "crm",
	}
}

type doFunc func(ctx context.Context, c *hostapitest.Connector, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error)

// faulty is a Connector with another Do.
type faulty struct {
	hostapitest.Connector
	do doFunc
}

func (f *faulty) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if f.do == nil {
		return f.Connector.Do(ctx, grant, req)
	}
	return f.do(ctx, &f.Connector, grant, req)
}

// faults are Connectors with one fault, by the test of the suite that finds it.
func faults() map[string]doFunc {
	return map[string]doFunc{
		"Rules": func(ctx context.Context, c *hostapitest.Connector, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
			if grant != nil {
				every := *grant
				every.Allow = append(every.Allow, hostapi.Rule{Host: "api.example.com"})
				grant = &every
			}
			return c.Do(ctx, grant, req)
		},
		"ResponseBytes": func(ctx context.Context, c *hostapitest.Connector, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
			if grant != nil && grant.Limits.ResponseBytes > 0 {
				more := *grant
				more.Limits.ResponseBytes *= 2
				grant = &more
			}
			return c.Do(ctx, grant, req)
		},
		"ContextEnds": func(ctx context.Context, c *hostapitest.Connector, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
			resp, err := c.Do(ctx, grant, req)
			if hostapi.CodeOf(err) == hostapi.CodeCanceled {
				err = &hostapi.Error{Code: hostapi.CodeNetwork, Message: "canceled"}
			}
			return resp, err
		},
		"MalformedRequests": func(ctx context.Context, c *hostapitest.Connector, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
			resp, err := c.Do(ctx, grant, req)
			if err != nil {
				err = errors.Join(err)
			}
			return resp, err
		},
		"RequestIsKept": func(ctx context.Context, c *hostapitest.Connector, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
			if req != nil {
				req.Header = nil
			}
			return c.Do(ctx, grant, req)
		},
		"Connection": func(ctx context.Context, c *hostapitest.Connector, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
			if grant != nil && req != nil {
				every := *grant
				every.Connections = []string{req.AuthSetting}
				grant = &every
			}
			return c.Do(ctx, grant, req)
		},
	}
}

// TestSuiteFindsFaults runs the suite in another process, where it fails.
func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	const variable = "HOSTAPITEST_FAULT"
	if fault := os.Getenv(variable); fault != "" {
		hostapitest.TestConnector(t, func(_ *testing.T, api http.Handler) hostapitest.Subject {
			return subject(api, faults()[fault])
		})
		return
	}
	for fault := range faults() {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSuiteFindsFaults$")
		cmd.Env = append(os.Environ(), variable+"="+fault)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "--- FAIL: TestSuiteFindsFaults/"+fault+" ") {
			t.Errorf("the suite did not find the fault of %s: %v\n%s", fault, err, out)
		}
	}
}
