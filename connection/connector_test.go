package connection_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi/hostapitest"
)

func TestManagerIsAConnector(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{true, false} {
		t.Run(fmt.Sprintf("sealed=%t", sealed), func(t *testing.T) {
			t.Parallel()
			hostapitest.TestConnector(t, func(t *testing.T, api http.Handler) hostapitest.Subject {
				t.Helper()
				server := httptest.NewServer(api)
				t.Cleanup(server.Close)
				set := parse(t, fmt.Sprintf(`
[connections.crm]
grant = "static"
token = "a-token-of-this-test"
allow_plaintext = true
sealed = %t
hosts = [%q]
`, sealed, strings.TrimPrefix(server.URL, "http://")))
				return hostapitest.Subject{Connector: managerFor(t, set, egress.Config{}), URL: server.URL, Connection: "crm"}
			})
		})
	}
}
