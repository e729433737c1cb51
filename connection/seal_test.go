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

// A response to a request whose token was renewed again and again meanwhile, and has expired, is
// searched for that token all the same.
func TestTokenRenewedDuringItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := make(chan struct{}, 1)
		slow <- struct{}{}
		p := &connectiontest.Provider{TokenLifetime: time.Minute}
		p.Bend = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Host != "api.example.com" {
				return false
			}
			select {
			case <-slow: // the first
				time.Sleep(20 * time.Minute) //nolint:forbidigo // fake time
			default:
			}
			_, _ = w.Write([]byte(r.Header.Get("Authorization")))
			return true
		}
		m := newManager(t, p, crm)
		grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.Limits{RequestTime: time.Hour}.Or(hostapi.DefaultLimits())}
		standIn, err := m.OAuth2Token(t.Context(), grant, "crm")
		if err != nil {
			t.Fatal(err)
		}
		get := func() string {
			response, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", Bearer: standIn})
			if err != nil {
				t.Error(err)
				return ""
			}
			return string(response.Body)
		}
		done := make(chan string)
		go func() { done <- get() }()
		synctest.Wait()
		for range 8 {
			time.Sleep(2 * time.Minute) //nolint:forbidigo // fake time
			if body := get(); body != "Bearer "+standIn {
				t.Errorf("renewed: %q", body)
			}
		}
		if body := <-done; body != "Bearer "+standIn {
			t.Errorf("the first request: %q, want the stand-in", body)
		}
	})
}
