package egress_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi/hostapitest"
)

func TestClientIsAConnector(t *testing.T) {
	t.Parallel()
	hostapitest.TestConnector(t, func(t *testing.T, api http.Handler) hostapitest.Subject {
		t.Helper()
		server := httptest.NewServer(api)
		t.Cleanup(server.Close)
		client := egress.New(egress.Config{})
		t.Cleanup(client.Close)
		return hostapitest.Subject{Connector: client, URL: server.URL}
	})
}
