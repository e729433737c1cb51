package connection

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// A connection is changed while its refresh token is being used: the renewal is stored,
// and the changed connection waits for it and sends no used refresh token.
func TestReplaceDuringARotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &rotator{slow: func() time.Duration { return 10 * time.Second }}
		kept := newPersistent()
		m := interactiveManager(t, server, kept)
		imported(t, m)
		old := &hostapi.Grant{Connections: []string{"crm"}, Run: new(hostapi.RunState)}
		renewed := make(chan error, 1)
		go func() { _, err := m.OAuth2Token(t.Context(), old, "crm"); renewed <- err }()
		synctest.Wait()
		changed, err := Parse("oauth.toml", []byte(interactiveTOML+"scopes = [\"more\"]\n"), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Replace(changed); err != nil {
			t.Fatal(err)
		}
		if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "access-1" {
			t.Errorf("the changed connection: %v", err)
		}
		if err := <-renewed; err != nil || server.n != 1 || server.replayed != 0 {
			t.Errorf("the renewal from before: %v; %d tokens issued, %d sent twice", err, server.n, server.replayed)
		}
		<-time.After(time.Minute) // both have a token that has expired
		if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "access-2" {
			t.Errorf("the changed connection later: %v", err)
		}
		if _, err := m.OAuth2Token(t.Context(), old, "crm"); err != nil || server.n != 2 || server.replayed != 0 {
			t.Errorf("the run from before later: %v; %d tokens issued, %d sent twice", err, server.n, server.replayed)
		}
	})
}
