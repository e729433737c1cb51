package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi/hostapitest"
)

// The connector is one that tasks can rely on, with the Manager below it.
func TestConnector(t *testing.T) {
	t.Parallel()
	hostapitest.TestConnector(t, func(t *testing.T, api http.Handler) hostapitest.Subject {
		t.Helper()
		server := httptest.NewServer(api)
		t.Cleanup(server.Close)
		set, err := connection.NewSet(map[string]connection.Definition{"crm": {
			Grant: "static", Token: connection.SecretValue("a-token-of-this-test"), Hosts: []string{server.Listener.Addr().String()},
		}}, connection.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		network := egress.New(egress.Config{})
		t.Cleanup(network.Close)
		managers := new(shared[*connection.Manager]) // the grants of the suite have no tenant
		err = managers.put("", func(*connection.Manager, bool) (*connection.Manager, error) {
			return connection.NewManager(connection.Config{Set: set, Egress: network})
		})
		if err != nil {
			t.Fatal(err)
		}
		return hostapitest.Subject{Connector: connector{managers: managers}, URL: server.URL, Connection: "crm"}
	})
}
