package oauthclient

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
)

// A refresh token is found in a response that is cut off anywhere after it, and nothing
// else is mistaken for one.
func FuzzSalvage(f *testing.F) {
	f.Add("R1", `"a":{"b":[1,{"c":"d"}]},`, `,"x":[[]],"y":`)
	f.Add(`a"\é`, "", `}`)
	f.Add("R", `"authed_user":{"refresh_token":"X"},`, ` , ]}`)
	f.Add("R", `{`, `[[[`)
	f.Fuzz(func(t *testing.T, token, before, after string) {
		for _, body := range []string{before, after, before + after} { // none of these may panic
			ParseObject([]byte(body)).tokenResponse(oauthtoml.Paths{AccessToken: "a.b", OrStandard: true}, time.Now())
			salvage([]byte(body))
		}
		member, err := json.Marshal(token)
		if err != nil {
			t.Fatal(err)
		}
		head := "{" + before + `"refresh_token":` + string(member)
		var want map[string]any
		if json.Unmarshal([]byte(head+"}"), &want) != nil || strings.Count(head, "{") > 900 {
			return // before is not a valid prefix
		}
		for _, rest := range []string{"", "}", ",", `,"access_token":"A`, `,"access_token":{"a":[`, "}<html>", "\x00"} {
			if got := salvage([]byte("warning: x " + head + rest)); got["refresh_token"] != want["refresh_token"] {
				t.Errorf("%q in %s", got["refresh_token"], head+rest)
			}
		}
	})
}

// The words of a code, however it is written.
func TestStandardCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"invalid_grant": "invalid_grant", "INVALID_GRANT": "invalid_grant", "InvalidGrant": "invalid_grant", "invalid-grant": "invalid_grant",
		"invalid grant": "invalid_grant", "refreshTokenExpired": "invalid_grant", "expired_client_secret": "invalid_client",
		"refresh_token_limit_exceeded": "temporarily_unavailable", "missing_refresh_token": "invalid_request", "unsupported_token_type": "invalid_request",
		"": "", "sad": "", "___": "", "日本": "", strings.Repeat("x_", 1000): "",
	} {
		if got := standardCode(oauthtoml.GrantRefresh, code); got != want {
			t.Errorf("%s means %q, want %q", code, got, want)
		}
	}
	// A code of another grant is not that of a refresh token.
	for code, want := range map[string]string{"expired_token": "expired_token", "code_expired": "expired_token", "authorization_declined": "access_denied", "access_denied": "access_denied"} {
		if got := standardCode(oauthtoml.GrantDevice, code); got != want {
			t.Errorf("of a device code, %s means %q, want %q", code, got, want)
		}
	}
	if got := standardCode("client_credentials", "access_denied"); got != "access_denied" {
		t.Errorf("of client credentials, access_denied means %q", got)
	}
}
