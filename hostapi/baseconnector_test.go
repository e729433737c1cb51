package hostapi_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// readOnly is a Connector that refuses requests which change something.
type readOnly struct {
	hostapi.BaseConnector
	next hostapi.Connector
}

func (c readOnly) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if req.Method != "GET" {
		return nil, &hostapi.Error{Code: hostapi.CodeDenied, Op: "request", Name: req.Method, Message: "this program only reads"}
	}
	return c.next.Do(ctx, grant, req)
}

// A Connector that wraps another one embeds the base, so that whatever it does not pass
// on is refused.
func ExampleBaseConnector() {
	connector := readOnly{next: hostapi.BaseConnector{}} // usually an egress.Client or a connection.Manager
	_, err := connector.Do(context.Background(), &hostapi.Grant{}, &hostapi.Request{Method: "POST", URL: "https://api.example.com/"})
	fmt.Println(err)
	_, err = connector.OAuth2Token(context.Background(), &hostapi.Grant{Connections: []string{"crm"}}, "crm")
	fmt.Println(err)
	// Output:
	// request POST: this program only reads
	// getOAuth2Token crm: the connector does not support this call
}

func TestBaseConnectorRefuses(t *testing.T) {
	t.Parallel()
	var c hostapi.BaseConnector
	grant := &hostapi.Grant{Connections: []string{"crm"}}
	_, token := c.OAuth2Token(t.Context(), grant, "crm")
	_, info := c.OAuth2TokenInfo(t.Context(), grant, "crm")
	_, setting := c.AuthSetting(t.Context(), grant, "crm")
	_, do := c.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/"})
	_, nothing := c.Do(t.Context(), nil, nil)
	for want, err := range map[string]error{
		"getOAuth2Token crm: the connector does not support this call":     token,
		"getOAuth2TokenInfo crm: the connector does not support this call": info,
		"authSetting crm: the connector does not support this call":        setting,
		"get: the connector does not support this call":                    do,
		"request: the connector does not support this call":                nothing,
	} {
		if err == nil || err.Error() != want || hostapi.CodeOf(err) != hostapi.CodeDenied || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v, want %q, denied, unsupported", err, want)
		}
	}
}
