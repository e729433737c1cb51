package connection_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// expired are tokens with an expired access token.
func expired(t *testing.T, m *connection.Manager) {
	t.Helper()
	err := m.Import(t.Context(), "crm", connection.Imported{
		AccessToken: "old-token", RefreshToken: "refresh-token-0", Expiry: time.Now().Add(-time.Hour), Scopes: []string{"read"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The refusals of a refresh by different providers. Each is requested twice, by another
// process the second time: a grant that has ended permanently is not tried again.
func TestRefreshRefused(t *testing.T) {
	t.Parallel()
	const (
		ended   = "authorize again" // and known to be so
		guessed = "authorize again, most likely"
		client  = "check the client"
		request = "something else has to change"
		later   = "try later"
	)
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string
		told   string // at the end of the message
	}{
		{"RFC 6749", 400, `{"error":"invalid_grant"}`, ended, "answered 400 invalid_grant"},
		{"with status 500", 500, `{"error":"invalid_grant"}`, ended, "answered 500 invalid_grant"},
		{"Slack", 200, `{"ok":false,"error":"invalid_refresh_token"}`, ended, "answered 200 invalid_refresh_token"},
		{"Slack, revoked", 200, `{"ok":false,"error":"token_revoked"}`, ended, "answered 200 token_revoked"},
		{"Slack, expired", 200, `{"ok":false,"error":"token_expired"}`, ended, "answered 200 token_expired"},
		{"Slack, no user", 200, `{"ok":false,"error":"account_inactive"}`, ended, "answered 200 account_inactive"},
		{"Zoho", 200, `{"error":"invalid_code"}`, ended, "answered 200 invalid_code"},
		{"GitHub", 200, `{"error":"bad_refresh_token","error_description":"is incorrect or expired"}`, ended, "answered 200 bad_refresh_token"},
		{"GitHub, as a form", 200, `error=bad_refresh_token&error_description=is+expired`, ended, "answered 200 bad_refresh_token"},
		{"Salesforce", 400, `{"error":"inactive_user"}`, ended, "answered 400 inactive_user"},
		{"Microsoft", 400, `{"error":"interaction_required","suberror":"basic_action"}`, ended, "answered 400 interaction_required"},
		{"Microsoft, consent", 400, `{"error":"consent_required"}`, ended, "answered 400 consent_required"},
		{"OpenID Connect", 400, `{"error":"login_required"}`, ended, "answered 400 login_required"},
		{"Facebook", 400, `{"error":{"message":"x","type":"OAuthException","code":190,"error_subcode":463}}`, ended, "answered 400 OAuthException.190"},
		{"upper case", 401, `{"error":"INVALID_REFRESH_TOKEN"}`, ended, "answered 401 INVALID_REFRESH_TOKEN"},
		{"another case", 400, `{"error":"invalidGrant"}`, ended, "answered 400 invalidGrant"},
		{"hyphens", 400, `{"error":"refresh-token-expired"}`, ended, "answered 400"},
		{"nested", 400, `{"error":{"code":"invalid_grant"}}`, ended, "answered 400 invalid_grant"},
		{"under another name", 400, `{"error_code":"refresh_token_invalid"}`, ended, "answered 400 refresh_token_invalid"},
		{"glewlwyd", 400, ``, guessed, "answered 400"},
		{"HubSpot", 400, `{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}`, guessed, "answered 400"},
		{"Twitch", 400, `{"error":"Bad Request","status":400,"message":"Invalid refresh token"}`, guessed, "answered 400"},
		{"Strava", 401, `{"message":"Authorization Error","errors":[{"resource":"RefreshToken","code":"invalid"}]}`, guessed, "answered 401"},
		{"forbidden", 403, `{}`, guessed, "answered 403"},
		{"true", 200, `{"error":true,"message":"x"}`, guessed, "answered 200"},
		{"not ok", 200, `{"ok":false}`, guessed, "answered 200"},
		{"no success", 200, `{"success":false,"message":"x"}`, guessed, "answered 200"},
		{"LinkedIn", 400, `{"error":"invalid_request","error_description":"The provided authorization grant or refresh token is invalid, expired or revoked"}`, guessed, "answered 400 invalid_request"},
		{"WeChat", 200, `{"errcode":42002,"errmsg":"refresh_token expired"}`, guessed, "answered 200"},
		{"Feishu", 200, `{"code":20026,"msg":"The refresh token passed is invalid"}`, guessed, "answered 200"},
		{"unknown code", 400, `{"error":"sad_grant"}`, guessed, "answered 400 sad_grant"},
		{"a list", 200, `[{"error":"sad_grant"}]`, guessed, "answered 200 sad_grant"},
		{"that holds the token", 400, `{"error":"no_refresh-token-0"}`, ended, "answered 400"},
		{"client", 401, `{"error":"invalid_client"}`, client, "answered 401 invalid_client"},
		{"Zoho, client", 200, `{"error":"invalid_client_secret"}`, client, "answered 200 invalid_client_secret"},
		{"GitHub, client", 200, `{"error":"incorrect_client_credentials"}`, client, "answered 200 incorrect_client_credentials"},
		{"Microsoft, client", 400, `{"error":"unauthorized_client"}`, request, "answered 400 unauthorized_client"},
		{"request", 400, `{"error":"invalid_request"}`, request, "answered 400 invalid_request"},
		{"scope", 400, `{"error":"invalid_scope"}`, request, "answered 400 invalid_scope"},
		{"no such page", 404, `not found`, request, "answered 404"},
		{"Exact, too early; Zoho, too often", 400, `{"error":"access_denied"}`, later, "answered 400 access_denied"},
		{"server error", 400, `{"error":"server_error"}`, later, "answered 400 server_error"},
		{"unavailable", 400, `{"error":"temporarily_unavailable"}`, later, "answered 400 temporarily_unavailable"},
		{"slow down", 400, `{"error":"slow_down"}`, later, "answered 400 slow_down"},
		{"Slack, too often", 200, `{"ok":false,"error":"ratelimited"}`, later, "answered 200 ratelimited"},
		{"Salesforce, too often", 400, `{"error":"rate_limit_exceeded"}`, later, "answered 400 rate_limit_exceeded"},
		{"Facebook, too often", 400, `{"error":{"type":"OAuthException","code":4}}`, later, "answered 400 OAuthException.4"},
		{"many", 403, `{"error":"too_many_requests"}`, later, "answered 403 too_many_requests"},
		{"busy", 503, `<html>`, later, "answered 503"},
		{"gateway", 502, `{"error":"sad_gateway"}`, later, "answered 502 sad_gateway"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kept := openStore(t)
				s := &server{answer: func(tokenRequest) (int, string) { return tt.status, tt.body }}
				m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, kept)
				expired(t, m)
				_, err := m.Token(t.Context(), "crm", 0)
				e := asError(t, err)
				if !strings.HasSuffix(e.Message, tt.told) {
					t.Errorf("message %q, want %q", e.Message, tt.told)
				}
				assertNoSecret(t, err, "refresh-token-0", "hunter2")
				code, hint, state, asked := hostapi.CodeConnection, "", connection.StateNeedsReauth, 2
				switch tt.want {
				case ended:
					code, hint, asked = hostapi.CodeNeedsReauth, "postern connect", 1
				case guessed:
					code, hint = hostapi.CodeNeedsReauth, "postern connect"
				case client:
					hint = "check client_id, client_secret"
				case later:
					state = connection.StateFailing
				}
				if e.Code != code || !strings.Contains(e.Hint, hint) {
					t.Errorf("code %s, hint %q, want %s and %q", e.Code, e.Hint, code, hint)
				}
				if got, _ := m.State("crm"); got != state {
					t.Errorf("state %s, want %s", got, state)
				}
				_, err = manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, kept).Token(t.Context(), "crm", 0)
				if hostapi.CodeOf(err) != code || len(s.all()) != asked {
					t.Errorf("again: %v after %d requests, want %s and %d", err, len(s.all()), code, asked)
				}
			})
		})
	}
}

// Codes in refresh_response.ended mean that the grant has ended, whatever their name.
func TestRefreshEndedByAKey(t *testing.T) {
	t.Parallel()
	s := &server{answer: func(tokenRequest) (int, string) { return http.StatusForbidden, `{"error":"unauthorized_client"}` }}
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML+"refresh_response = { ended = [\"unauthorized_client\"] }\n", nil)
	expired(t, m)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); e.Code != hostapi.CodeNeedsReauth || !strings.HasSuffix(e.Message, "answered 403 unauthorized_client") {
		t.Errorf("error %v, want needs_reauth", err)
	}
}

// A non-interactive grant starts again if its refresh token is refused.
func TestRefreshRefusedOfAMachine(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"error":"bad_refresh_token"}`, `{"ok":false}`} {
		s := &server{answer: func(r tokenRequest) (int, string) {
			if r.params.Get("grant_type") == "refresh_token" {
				return http.StatusOK, body
			}
			return http.StatusOK, `{"access_token":"T","refresh_token":"R","expires_in":60}`
		}}
		m := manage(t, s, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\n", nil)
		for range 2 {
			if _, err := m.Token(t.Context(), "crm", time.Hour); err != nil {
				t.Errorf("%s: %v", body, err)
			}
		}
		if n := len(s.all()); n != 3 {
			t.Errorf("%s: %d requests, want 3", body, n)
		}
	}
}

// A server may accept a refresh only near the expiry of the token, and refuse it before
// with an unknown code: the token is used until it expires, no new authorization is
// asked for, and refresh_before avoids the failing requests.
func TestRefreshRefusedEarly(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{
		`{"error":"access_denied"}`, `{"error":"temporarily_unavailable"}`, `{"error":"sad_grant"}`, `{"message":"too early"}`, ``,
	} {
		for _, key := range []string{"", "refresh_before = \"4s\"\n"} {
			synctest.Test(t, func(t *testing.T) {
				const life = 100 * time.Second
				var issued time.Time
				n, refused := 0, 0
				s := &server{answer: func(r tokenRequest) (int, string) {
					if r.params.Get("grant_type") == "refresh_token" && time.Since(issued) < life-5*time.Second {
						refused++
						return http.StatusBadRequest, refusal
					}
					n++
					issued = time.Now()
					return http.StatusOK, fmt.Sprintf(`{"access_token":"a%d","refresh_token":"r%d","expires_in":100}`, n, n)
				}}
				var events []connection.State
				m := manageWith(t, s, map[string]string{"S": "hunter2"}, codeTOML+key, func(e connection.Event) { events = append(events, e.State) })
				give(t, m)
				for end := time.Now().Add(3 * life); time.Now().Before(end); {
					if got, err := m.Token(t.Context(), "crm", 0); err != nil || !time.Now().Before(got.Expiry) {
						t.Fatalf("%s: %q %v after the last was issued: %v", refusal, got.AccessToken(), time.Since(issued), err)
					}
					advance(t, 500*time.Millisecond)
				}
				if slices.Contains(events, connection.StateNeedsReauth) || events[len(events)-1] != connection.StateReady {
					t.Errorf("%s: events %v", refusal, events)
				}
				if key == "" && refused == 0 || key != "" && refused > 0 {
					t.Errorf("%s: %d refusals with %q", refusal, refused, key)
				}
			})
		}
	}
}

// After the token has expired, an unclear refusal is treated as the end of the grant,
// until a refresh succeeds.
func TestRefreshRefusedEarlyAndLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events []connection.State
		refused := true
		s := &server{answer: func(r tokenRequest) (int, string) {
			if r.params.Get("grant_type") == "refresh_token" && refused {
				return http.StatusBadRequest, `{"error":"sad_grant"}`
			}
			return http.StatusOK, `{"access_token":"a","refresh_token":"r","expires_in":60}`
		}}
		m := manageWith(t, s, map[string]string{"S": "hunter2"}, codeTOML, func(e connection.Event) { events = append(events, e.State) })
		give(t, m)
		advance(t, 59*time.Second)
		token(t, m, "crm")
		advance(t, 20*time.Second)
		if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
			t.Errorf("after the end: %v, want needs_reauth", err)
		}
		refused = false
		advance(t, 20*time.Second)
		token(t, m, "crm")
		want := []connection.State{connection.StateReady, connection.StateFailing, connection.StateNeedsReauth, connection.StateReady}
		if !slices.Equal(events, want) {
			t.Errorf("events %v, want %v", events, want)
		}
	})
}

// A minimum lifetime above the token's is not served from one that cannot be renewed.
func TestMinTTLOfATokenThatCannotBeRenewed(t *testing.T) {
	t.Parallel()
	n := 0
	s := &server{answer: func(tokenRequest) (int, string) {
		if n++; n > 1 {
			return http.StatusBadGateway, ""
		}
		return http.StatusOK, `{"access_token":"T","expires_in":60}`
	}}
	m := manage(t, s, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\n", nil)
	token(t, m, "crm")
	if got, err := m.Token(t.Context(), "crm", time.Hour); err == nil {
		t.Errorf("token for %v", time.Until(got.Expiry))
	}
}

func TestRefreshBefore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key           string
		life          int // seconds
		early, behind time.Duration
	}{
		{"5m", 3600, 54 * time.Minute, 59 * time.Minute},
		{"30s", 600, 9*time.Minute + 29*time.Second, 9*time.Minute + 38*time.Second},
		{"720h", 3600, 29 * time.Minute, 38 * time.Minute}, // never more than half
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(tokenRequest) (int, string) {
				return http.StatusOK, fmt.Sprintf(`{"access_token":"T","expires_in":%d}`, tt.life)
			}}
			m := manage(t, s, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\nrefresh_before = \""+tt.key+"\"\n", nil)
			for _, step := range []struct {
				at       time.Duration
				requests int
			}{{0, 1}, {tt.early, 1}, {tt.behind - tt.early, 2}} {
				advance(t, step.at)
				token(t, m, "crm")
				synctest.Wait()
				if n := len(s.all()); n != step.requests {
					t.Errorf("%s: %d requests after %v, want %d", tt.key, n, step.at, step.requests)
				}
			}
		})
	}
	for _, value := range []string{`"0s"`, `"-1s"`, `"721h"`, `"soon"`, `30`} {
		_, err := connection.Parse("oauth.toml", []byte(crm+"refresh_before = "+value), connection.ParseOptions{})
		if e := asError(t, err); e.Code != hostapi.CodeConfig || e.Name != "refresh_before" || e.Line != 9 {
			t.Errorf("%s: %+v", value, e)
		}
	}
}
