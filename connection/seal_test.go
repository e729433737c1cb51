package connection_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
)

// An API may return a token that has been replaced and has expired, by our clock: the last
// three are removed.
func TestOlderTokensInAResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var tokens []string // as the API has seen them
		p := &connectiontest.Provider{TokenLifetime: time.Minute}
		p.Bend = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Host != "api.example.com" {
				return false
			}
			tokens = append(tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			_, _ = w.Write([]byte(strings.Join(tokens, " ")))
			return true
		}
		m := newManager(t, p, crm)
		grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
		standIn, err := m.OAuth2Token(t.Context(), grant, "crm")
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 3; n++ {
			response, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "crm"})
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.TrimSpace(strings.Repeat(standIn+" ", n)); string(response.Body) != want {
				t.Errorf("response %d is %q, want %q", n, response.Body, want)
			}
			time.Sleep(2 * time.Minute) //nolint:forbidigo // fake time
		}
		if tokens[0] == tokens[1] || tokens[1] == tokens[2] {
			t.Errorf("the tokens are the same: %q", tokens)
		}
	})
}
