package storetest

import (
	"context"
	"net/http"
	"net/http/httptest"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
)

func namespacesAreApart(a, b testStore) {
	t := a.t
	key := func(namespace string) connection.Key { return connection.Key{Namespace: namespace, Connection: "crm"} }
	namespaces := []string{"", "acme", "ACME", "acme#crm", "é"}
	for _, namespace := range namespaces {
		if r := b.load(key(namespace)); r != nil {
			t.Errorf("namespace %q has %+v before a record was put there", namespace, r)
		}
		a.put(key(namespace), "token of "+namespace)
	}
	a.put(connection.Key{Namespace: "acme", Connection: "erp", Account: "ada"}, "token")
	for _, namespace := range namespaces {
		r := b.load(key(namespace))
		if string(r.Secret) != "token of "+namespace || r.Generation != 1 {
			t.Errorf("namespace %q has %q of generation %d", namespace, r.Secret, r.Generation)
		}
		entries, err := b.List(t.Context(), namespace)
		want := 1
		if namespace == "acme" {
			want = 2
		}
		if err != nil || len(entries) != want || entries[0].Key != key(namespace) {
			t.Errorf("list of namespace %q: %+v, %v, want %d", namespace, entries, err, want)
		}
	}
	// Neither leases nor what ends them reach another namespace.
	for _, namespace := range namespaces {
		if ok, err := a.Lease(t.Context(), key(namespace), 1, "holder of "+namespace, connection.Lease{}); err != nil || !ok {
			t.Errorf("lease in namespace %q: %t, %v", namespace, ok, err)
		}
	}
	if err := a.Release(t.Context(), key("acme"), "holder of acme", connection.StateFailing, ""); err != nil {
		t.Error(err)
	}
	if err := a.Delete(t.Context(), key("ACME")); err != nil {
		t.Error(err)
	}
	a.put(key("é"), "another")
	for _, namespace := range []string{"", "acme#crm"} {
		holder := "holder of " + namespace
		if ok, err := b.Beat(t.Context(), key(namespace), holder); err != nil || !ok {
			t.Errorf("the lease in namespace %q has ended: %v", namespace, err)
		}
		next := connection.Record{Generation: 2, Secret: []byte("next")}
		if ok, err := a.Commit(t.Context(), key(namespace), holder, &next); err != nil || !ok {
			t.Errorf("commit in namespace %q: %t, %v", namespace, ok, err)
		}
	}
	if r := b.load(key("acme")); string(r.Secret) != "token of acme" || r.Lease.Holder != "" || r.State != connection.StateFailing {
		t.Errorf("namespace acme has %+v", r)
	}
}

// inMemory carries requests to a handler.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), r.Body)
	in.Header = r.Header
	w := httptest.NewRecorder()
	m.ServeHTTP(w, in)
	response := w.Result()
	response.Request = r
	return response, nil
}

// Two Managers with the same connections and different namespaces each get, renew and
// revoke their own token.
func managersOfNamespacesAreApart(a, b testStore) {
	t := a.t
	of := func(s testStore, namespace string) *connection.Manager {
		set, err := connection.Parse("oauth.toml", []byte(`
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "demo"
client_secret = "demo-secret"
allow_plaintext = true
`), connection.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		config := set.Egress()
		config.Transport = inMemory{new(connectiontest.Provider)}
		m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(config), Store: s.Store, Namespace: namespace})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := m.Close(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		return m
	}
	token := func(m *connection.Manager) string {
		t.Helper()
		token, err := m.Token(t.Context(), "crm", 0)
		if err != nil {
			t.Fatal(err)
		}
		return token.AccessToken()
	}
	acme, globex := of(a, "acme"), of(b, "globex")
	first := token(acme)
	if entries, err := b.List(t.Context(), "globex"); err != nil || len(entries) != 0 {
		t.Errorf("namespace globex lists %+v, %v before it has a token", entries, err)
	}
	if got := token(globex); got == first {
		t.Error("both namespaces have the same token")
	}
	if got := token(of(b, "acme")); got != first {
		t.Error("two Managers of one namespace have different tokens")
	}
	if _, err := globex.Refresh(t.Context(), "crm"); err != nil {
		t.Error(err)
	}
	if _, err := globex.Revoke(t.Context(), "crm"); err != nil {
		t.Error(err)
	}
	if status, err := acme.Status(t.Context(), "crm"); err != nil || status.State != connection.StateReady {
		t.Errorf("status %+v, %v after globex has revoked its token", status, err)
	}
	if got := token(of(b, "acme")); got != first {
		t.Error("what globex did has changed the token of acme")
	}
}
