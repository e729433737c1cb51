package connection_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// sealing returns a manager of the connection crm that can seal its authorizations.
func sealing(t *testing.T, toml, namespace string, key []byte) *connection.Manager {
	t.Helper()
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{LookupEnv: lookup(map[string]string{"S": "hunter2"})})
	if err != nil {
		t.Fatal(err)
	}
	m, err := connection.NewManager(connection.Config{
		Set: set, Namespace: namespace, SealKey: key, Egress: egress.New(egress.Config{Transport: new(tokens)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What a sealed attempt is bound to: its bytes, the key, the namespace, the connection as
// it was, and ten minutes.
func TestSealedAuthorization(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 32)
	changed := strings.Replace(codeTOML, "client_id = ", "client_id = \"other\" # ", 1)
	synctest.Test(t, func(t *testing.T) {
		m := sealing(t, codeTOML, "", key)
		a, err := m.Authorize(t.Context(), "crm#ada", redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := m.SealAuthorization(a)
		if err != nil {
			t.Fatal(err)
		}
		if u, _ := url.Parse(a.URL); a.State() == "" || u.Query().Get("state") != a.State() {
			t.Errorf("state %q of %s", a.State(), a.URL)
		}
		for _, secret := range []string{a.State(), "hunter2", "crm", "ada"} {
			if bytes.Contains(sealed, []byte(secret)) {
				t.Errorf("%q is readable in the sealed attempt", secret)
			}
		}
		other := sealing(t, codeTOML, "", key)
		b, err := other.ResumeAuthorization(t.Context(), sealed)
		if err != nil || b.URL != a.URL || b.RedirectURI != a.RedirectURI || !b.Expires.Equal(a.Expires) || b.State() != a.State() {
			t.Fatalf("resumed %+v, %v", b, err)
		}
		if err := other.Redeem(t.Context(), b, url.Values{"state": {"another"}, "code": {"c"}}); !errors.Is(err, connection.ErrStateMismatch) {
			t.Errorf("a callback of another attempt: %v", err)
		}
		if err := other.Redeem(t.Context(), b, url.Values{"state": {a.State()}, "code": {"c"}}); err != nil {
			t.Errorf("the callback: %v", err)
		}
		if token, err := other.Token(t.Context(), "crm#ada", 0); err != nil || token.AccessToken() != "the-token" {
			t.Errorf("token of the account: %v", err)
		}
		if err := other.Redeem(t.Context(), b, url.Values{"state": {a.State()}, "code": {"c"}}); !errors.Is(err, connection.ErrAuthorization) {
			t.Errorf("the callback again: %v", err)
		}

		for i := range sealed {
			wrong := bytes.Clone(sealed)
			wrong[i] ^= 1
			if _, err := other.ResumeAuthorization(t.Context(), wrong); !errors.Is(err, connection.ErrSealed) || !errors.Is(err, hostapi.CodeDenied) {
				t.Fatalf("byte %d changed: %v", i, err)
			}
		}
		for name, tt := range map[string]struct {
			m      *connection.Manager
			sealed []byte
			want   error
		}{
			"nothing":              {other, nil, connection.ErrSealed},
			"too short":            {other, sealed[:5], connection.ErrSealed},
			"another key":          {sealing(t, codeTOML, "", bytes.Repeat([]byte{8}, 32)), sealed, connection.ErrSealed},
			"another namespace":    {sealing(t, codeTOML, "t1", key), sealed, connection.ErrSealed},
			"no key":               {sealing(t, codeTOML, "", nil), sealed, hostapi.CodeConfig},
			"another client":       {sealing(t, changed, "", key), sealed, hostapi.CodeConfig},
			"no such connection":   {sealing(t, strings.Replace(codeTOML, "[connections.crm]", "[connections.wiki]", 1), "", key), sealed, hostapi.CodeUnknownConnection},
			"of another grant now": {sealing(t, strings.Replace(clientTOML, "hosts", "#", 1)+"client_secret = \"env:S\"\n", "", key), sealed, hostapi.CodeConfig},
		} {
			if _, err := tt.m.ResumeAuthorization(t.Context(), tt.sealed); !errors.Is(err, tt.want) {
				t.Errorf("%s: error %v, want %v", name, err, tt.want)
			}
		}

		advance(t, 11*time.Minute)
		if _, err := other.ResumeAuthorization(t.Context(), sealed); !errors.Is(err, connection.ErrAuthorization) || !errors.Is(err, hostapi.CodeTimeout) {
			t.Errorf("after eleven minutes: %v", err)
		}
	})
	_, err := connection.NewManager(connection.Config{Set: new(connection.Set), Egress: egress.New(egress.Config{}), SealKey: make([]byte, 16)})
	if !errors.Is(err, hostapi.CodeConfig) || !strings.Contains(err.Error(), "SealKey has 16 bytes, not 32") {
		t.Errorf("error %v", err)
	}
	if _, err := sealing(t, codeTOML, "", key).SealAuthorization(nil); !errors.Is(err, hostapi.CodeInvalidArgument) {
		t.Errorf("error %v", err)
	}
}

// An authorization on another device is awaited by another process than the one that began
// it, which has ended meanwhile.
func TestSealedDeviceAuthorization(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := new(connectiontest.Provider)
		manager := func() *connection.Manager {
			set, err := connection.NewSet(map[string]connection.Definition{"crm": {
				Grant: "device_code", ClientID: "demo", ClientSecret: []connection.Secret{connection.SecretValue("demo-secret")},
				TokenEndpoint: "https://as.example.com/token", DeviceAuthorizationEndpoint: "https://as.example.com/device",
			}}, connection.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			m, err := connection.NewManager(connection.Config{
				Set: set, SealKey: bytes.Repeat([]byte{7}, 32), Egress: egress.New(egress.Config{Transport: memory{p}}),
			})
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		first, second := manager(), manager()
		d, err := first.AuthorizeDevice(t.Context(), "crm#ada")
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := first.SealDeviceAuthorization(d)
		if err != nil || bytes.Contains(sealed, []byte(d.UserCode)) {
			t.Fatalf("%q, %v", sealed, err)
		}
		if err := first.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		resumed, err := second.ResumeDeviceAuthorization(t.Context(), sealed)
		if err != nil || resumed.UserCode != d.UserCode || resumed.VerificationURI != d.VerificationURI || !resumed.Expires.Equal(d.Expires) {
			t.Fatalf("resumed %+v, %v", resumed, err)
		}
		time.AfterFunc(5*time.Second, func() { p.AnswerDevice(d.UserCode, "alice") })
		if err := second.AwaitDevice(t.Context(), resumed); err != nil {
			t.Error(err)
		}
		if _, err := second.Refresh(t.Context(), "crm#ada"); err != nil {
			t.Errorf("refreshed: %v", err)
		}

		if _, err := second.ResumeAuthorization(t.Context(), sealed); !errors.Is(err, connection.ErrSealed) {
			t.Errorf("as one of the other kind: %v", err)
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := second.ResumeDeviceAuthorization(t.Context(), sealed); !errors.Is(err, connection.ErrSealed) {
			t.Errorf("changed: %v", err)
		}
		sealed[len(sealed)-1] ^= 1
		advance(t, time.Until(d.Expires)+time.Second)
		if _, err := second.ResumeDeviceAuthorization(t.Context(), sealed); !errors.Is(err, connection.ErrAuthorization) || !errors.Is(err, hostapi.CodeTimeout) {
			t.Errorf("after it has expired: %v", err)
		}
	})
}

func visit(handler http.HandlerFunc, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler(w, httptest.NewRequest(http.MethodGet, target, nil)) //nolint:noctx // of an example
	return w
}

// A web service keeps the attempts in its database, and takes each out once.
func ExampleManager_SealAuthorization() {
	set, err := connection.NewSet(map[string]connection.Definition{"crm": {
		Grant: "authorization_code", ClientID: "web", ClientSecret: []connection.Secret{connection.SecretValue("s")},
		AuthorizationEndpoint: "https://as.example.com/authorize", TokenEndpoint: "https://as.example.com/token",
	}}, connection.ParseOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := connection.NewManager(connection.Config{
		Set: set, Egress: egress.New(egress.Config{Transport: new(tokens)}), SealKey: make([]byte, 32), // from your key management
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	attempts := make(map[string][]byte)

	connect := func(w http.ResponseWriter, r *http.Request) {
		a, err := m.Authorize(r.Context(), "crm#ada", "https://service.example.com/callback")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		if attempts[a.State()], err = m.SealAuthorization(a); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, a.URL, http.StatusSeeOther)
	}
	callback := func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		sealed := attempts[query.Get("state")] // in the user's session only
		delete(attempts, query.Get("state"))
		a, err := m.ResumeAuthorization(r.Context(), sealed)
		if err == nil {
			err = m.Redeem(r.Context(), a, query)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	}
	location := visit(connect, "/connect").Header().Get("Location")
	u, err := url.Parse(location)
	if err != nil {
		fmt.Println(err)
		return
	}
	back := "/callback?code=c&state=" + u.Query().Get("state")
	fmt.Println(visit(callback, back).Code, visit(callback, back).Code)
	// Output: 200 403
}
