package connection_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

func TestImportAndStatus(t *testing.T) {
	t.Parallel()
	s := &server{answer: func(r tokenRequest) (int, string) {
		return http.StatusOK, `{"access_token":"renewed-with-` + r.params.Get("refresh_token") + `","expires_in":3600}`
	}}
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	if status, err := m.Status(t.Context(), "crm"); err != nil || status.State != connection.StateUnused {
		t.Errorf("before: %+v, %v", status, err)
	}
	tokens := connection.Imported{AccessToken: "old", RefreshToken: "r1", Expiry: time.Now().Add(-time.Hour), Scopes: []string{"read"}}
	if text := fmt.Sprintf("%v %+v %#v", tokens, tokens, tokens); strings.Contains(text, "old") {
		t.Errorf("printed: %s", text)
	}
	if err := m.Import(t.Context(), "crm", tokens); err != nil {
		t.Fatal(err)
	}
	status, err := m.Status(t.Context(), "crm")
	if err != nil || !status.Refreshable || strings.Join(status.Scopes, " ") != "read" || status.Updated.IsZero() {
		t.Errorf("after: %+v, %v", status, err)
	}
	if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "renewed-with-r1" {
		t.Errorf("token %q, %v", token.AccessToken(), err)
	}
	for name, tokens := range map[string]connection.Imported{"crm": {}, "nobody": {AccessToken: "x"}} {
		if err := m.Import(t.Context(), name, tokens); err == nil {
			t.Errorf("import of %s: no error", name)
		}
	}
	if _, err := m.Status(t.Context(), "crn"); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
		t.Errorf("status of no connection: %v", err)
	}
}
