package connection_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// wantMessage fails unless err has that code and message.
func wantMessage(t *testing.T, err error, code hostapi.Code, message string) {
	t.Helper()
	if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != code || e.Message != message {
		t.Errorf("error %v, want %s: %s", err, code, message)
	}
}

// The page on errors explains these messages of tasks' calls.
func TestMessagesOfCalls(t *testing.T) {
	t.Parallel()
	const basic = "[connections.pair]\ngrant = \"basic\"\nusername = \"u\"\npassword = \"env:S\"\nhosts = [\"api.example.com\"]\n"
	m := manage(t, new(server), map[string]string{"S": "the-secret"}, codeTOML+basic, nil)
	give(t, m)
	grant := &hostapi.Grant{Connections: []string{"crm", "pair"}, Limits: hostapi.DefaultLimits()}
	sealed, err := m.OAuth2Token(t.Context(), grant, "crm")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(name string, grant *hostapi.Grant) error {
		_, err := m.OAuth2Token(t.Context(), grant, name)
		return err
	}
	wantMessage(t, ask("crm", new(hostapi.Grant)), hostapi.CodeDenied, "this connection is not granted to the task")
	wantMessage(t, ask("none", &hostapi.Grant{Connections: []string{"none"}}), hostapi.CodeUnknownConnection, "there is no such connection")
	wantMessage(t, ask("pair", grant), hostapi.CodeInvalidArgument, "this connection has a user name and password, not a token")
	do := func(r hostapi.Request) error {
		r.Method = http.MethodGet
		_, err := m.Do(t.Context(), grant, &r)
		return err
	}
	wantMessage(t, do(hostapi.Request{URL: "https://api.example.com/" + sealed}), hostapi.CodeDenied, "a sealed token is in the host or path of the URL")
	wantMessage(t, do(hostapi.Request{URL: "http://api.example.com/", AuthSetting: "crm"}), hostapi.CodeDenied, `connection "crm" may send its token to api.example.com by https only`)
	_, err = m.Revoke(t.Context(), "pair")
	wantMessage(t, err, hostapi.CodeConfig, "its credential is in oauth.toml")
}

// So it does those of authorizing a connection.
func TestMessagesOfAuthorizing(t *testing.T) {
	t.Parallel()
	const machine = "[connections.machine]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/token\"\nclient_id = \"id\"\nclient_secret = \"env:S\"\n"
	device := strings.NewReplacer("[connections.machine]", "[connections.device]\ndevice_authorization_endpoint = \"https://id.example.com/device\"", "client_credentials", "device_code").Replace(machine)
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(r tokenRequest) (int, string) {
			if r.path == "/device" {
				return http.StatusOK, `{}`
			}
			return http.StatusOK, `{"access_token":"A","expires_in":60}`
		}}
		m := manage(t, s, map[string]string{"S": "the-secret"}, codeTOML+machine+device, nil)
		_, err := m.Authorize(t.Context(), "machine", redirectURI)
		wantMessage(t, err, hostapi.CodeConfig, `the grant is "client_credentials", which needs no user`)
		_, err = m.AuthorizeDevice(t.Context(), "device")
		wantMessage(t, err, hostapi.CodeConnection, "the device authorization endpoint sent no user_code, verification_uri or device_code")

		begin := func() (a *connection.Authorization, state string) {
			t.Helper()
			a, err := m.Authorize(t.Context(), "crm", redirectURI)
			if err != nil {
				t.Fatal(err)
			}
			return a, query(t, a.URL).Get("state")
		}
		redeem := func(a *connection.Authorization, state string, more url.Values) error {
			more.Set("state", state)
			return m.Redeem(t.Context(), a, more)
		}
		a, state := begin()
		wantMessage(t, redeem(a, "other", url.Values{"code": {"c"}}), hostapi.CodeDenied, "state mismatch: the callback is for another attempt")
		wantMessage(t, redeem(a, state, url.Values{}), hostapi.CodeConnection, "the callback has neither code nor error")
		wantMessage(t, redeem(a, state, url.Values{"code": {"c"}}), hostapi.CodeDenied, "the callback was already used")
		a, state = begin()
		time.Sleep(10*time.Minute + time.Second) //nolint:forbidigo // fake time
		wantMessage(t, redeem(a, state, url.Values{"code": {"c"}}), hostapi.CodeTimeout, "the attempt is more than ten minutes old")
		for code, want := range map[string]string{"access_denied": "the request was denied: access_denied (no)", "server_error": "the server refused: server_error (no)"} {
			a, state = begin()
			err := redeem(a, state, url.Values{"error": {code}, "error_description": {"n\no"}})
			if e := asError(t, err); e.Message != want {
				t.Errorf("error %v, want %s", e, want)
			}
		}

		// The token without a refresh token is over.
		a, state = begin()
		if err := redeem(a, state, url.Values{"code": {"c"}}); err != nil {
			t.Fatal(err)
		}
		_, err = m.Refresh(t.Context(), "crm")
		wantMessage(t, err, hostapi.CodeNeedsReauth, "there is no refresh token")
		time.Sleep(time.Hour) //nolint:forbidigo // fake time
		_, err = m.Token(t.Context(), "crm", 0)
		wantMessage(t, err, hostapi.CodeNeedsReauth, "its access token has expired or was refused, and there is no refresh token")
	})
}
