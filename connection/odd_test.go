package connection_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Nonstandard responses of token endpoints, named like the cases. The token and the
// values beside it are read nevertheless.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	t.Run("C20", testOddLifetimes)
	t.Run("C21", testOddForms)
}

// endOfTime is the maximum lifetime of a token.
const endOfTime = (1<<31 - 1) * time.Second

// The token is used and the refresh token kept, in whatever form the lifetime is.
func testOddLifetimes(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]time.Duration{ // 0: no expiry
		`3600`: time.Hour, `"3600"`: time.Hour, `3600.0`: time.Hour, `3599.5`: 3599 * time.Second, `"3599.5"`: 3599 * time.Second,
		`1e3`: 1000 * time.Second, `99999999999`: endOfTime, `1e999`: endOfTime,
		`""`: 0, `null`: 0, `-1`: 0, `0`: 0, `{}`: 0, `[]`: 0, `true`: 0, `"soon"`: 0, `"NaN"`: 0, `-1e999`: 0,
	} {
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := 0
				s := &server{answer: func(r tokenRequest) (int, string) {
					switch {
					case r.path == "/token":
						n++
						return http.StatusOK, fmt.Sprintf(`{"access_token":"a%d","refresh_token":"r%d","expires_in":%s}`, n, n, written)
					case r.header.Get("Authorization") == "Bearer a1":
						return http.StatusUnauthorized, ""
					}
					return http.StatusOK, ""
				}}
				m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
				a, err := m.Authorize(t.Context(), "crm", redirectURI)
				if err != nil {
					t.Fatal(err)
				}
				if err := m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}}); err != nil {
					t.Fatal(err)
				}
				got := token(t, m, "crm")
				if got.AccessToken() != "a1" || want == 0 && !got.Expiry.IsZero() || want != 0 && time.Until(got.Expiry) != want {
					t.Errorf("token %q until %v, want a1 for %v", got.AccessToken(), got.Expiry, want)
				}
				if status := items(t, m); status != http.StatusOK {
					t.Errorf("status %d, want 200 with the next token", status)
				}
				var renewed []string
				for _, r := range s.all() {
					renewed = append(renewed, r.params["refresh_token"]...)
				}
				if !slices.Equal(renewed, []string{"r1"}) {
					t.Errorf("renewed with %v, want r1", renewed)
				}
			})
		})
	}
}

// The body itself decides how it is parsed, and the file has the paths of its parts if
// they are elsewhere.
func testOddForms(t *testing.T) {
	t.Parallel()
	const object = `{"access_token":"T","refresh_token":"R","expires_in":7200}`
	until := time.Now().Add(2 * time.Hour).UTC()
	tests := []struct{ name, contentType, response, body string }{
		{"JSON", "application/json", "", object},
		{"JSON as text", "text/plain", "", object},
		{"JSON as HTML", "text/html; charset=utf-8", "", object},
		{"JSON of no type", "", "", object},
		{"byte order mark", "application/json", "", "\xef\xbb\xbf " + object + "\r\n"},
		{"form", "application/x-www-form-urlencoded", "", "access_token=T&refresh_token=R&expires_in=7200&token_type=bearer"},
		{"form as HTML", "text/html", "", "access_token=T&refresh_token=R&expires_in=7200"},
		{"no error", "application/json", "", `{"access_token":"T","refresh_token":"R","error":null,"expires_in":7200}`},
		{"odd types beside", "application/json", "", `{"access_token":"T","refresh_token":"R","scope":["a"],"token_type":null,"expires_in":7200}`},
		{"nested path", "text/plain", `access_token = "data.auth.token", refresh_token = "data.auth.next", expires_in = "data.ttl"`, `{"data":{"auth":{"token":"T","next":"R"},"ttl":7200.5}}`},
		{"path into a list", "application/json", `access_token = "tokens.0.value", refresh_token = "tokens.1.value", expires_in = "tokens.0.ttl"`, `{"tokens":[{"value":"T","ttl":"7200.5"},{"value":"R"}]}`},
		{"renamed keys", "application/json", `access_token = "token", refresh_token = "renew", expires_in = "ttl"`, `{"token":"T","renew":"R","ttl":7200}`},
		{"renamed keys of a form", "text/plain", `access_token = "token", refresh_token = "renew", expires_in = "ttl"`, "token=T&renew=R&ttl=7200"},
		{"name with a dot", "application/json", `access_token = "x.token", refresh_token = "x.next", expires_in = "x.ttl"`, `{"x.token":"T","x.next":"R","x.ttl":7200}`},
		{"milliseconds", "application/json", `expires_unit = "ms"`, `{"access_token":"T","refresh_token":"R","expires_in":7200000}`},
		{"date", "application/json", `expires_in = "expires_at", expires_unit = "date"`, `{"access_token":"T","refresh_token":"R","expires_at":"` + until.Format(time.RFC3339) + `"}`},
		{"seconds since 1970", "application/json", `expires_in = "exp", expires_unit = "date"`, fmt.Sprintf(`{"access_token":"T","refresh_token":"R","exp":%d}`, until.Unix())},
		{"milliseconds since 1970", "application/json", `expires_in = "exp", expires_unit = "date"`, fmt.Sprintf(`{"access_token":"T","refresh_token":"R","exp":"%d"}`, until.UnixMilli())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var renewedWith []string
			m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				renewedWith = append(renewedWith, r.PostFormValue("refresh_token"))
				w.Header()["Content-Type"] = []string{tt.contentType}
				_, _ = w.Write([]byte(tt.body))
			}), map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\nresponse = { "+tt.response+" }\n", nil)
			for range 2 {
				got, err := m.Token(t.Context(), "crm", 24*time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				if left := time.Until(got.Expiry); got.AccessToken() != "T" || got.TokenType != "Bearer" || left < 119*time.Minute || left > 121*time.Minute {
					t.Errorf("%s token %q with %v left", got.TokenType, got.AccessToken(), left)
				}
			}
			if want := []string{"", "R"}; !slices.Equal(renewedWith, want) {
				t.Errorf("refresh tokens sent: %q, want %q", renewedWith, want)
			}
		})
	}
}
