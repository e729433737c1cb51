package oauthclient

import (
	"net/http"
	goruntime "runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// What servers send for a token, in the forms they have.
func TestIssuedTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		const nested = "response = { access_token = \"data.token\", refresh_token = \"data.again\", expires_in = \"data.until\", expires_unit = \"date\" }\n"
		for _, tt := range []struct {
			name, more, body      string
			access, refresh, kind string
			lifetime              time.Duration
			scope                 any
		}{
			{name: "standard", body: `{"access_token":"A","refresh_token":"R","token_type":"bearer","expires_in":60,"scope":"a b"}`, access: "A", refresh: "R", kind: "Bearer", lifetime: time.Minute, scope: "a b"},
			{name: "form", body: "access_token=A&expires_in=60", access: "A", kind: "Bearer", lifetime: time.Minute},
			{name: "byte order mark", body: "\ufeff {\"access_token\":\"A\"}", access: "A", kind: "Bearer"},
			{name: "list of one", body: `[{"access_token":"A"}]`, access: "A", kind: "Bearer"},
			{name: "digits", body: `{"access_token":123456789012345678901,"expires_in":"3600"}`, access: "123456789012345678901", kind: "Bearer", lifetime: time.Hour},
			{name: "fraction", body: `{"access_token":"A","expires_in":3600.9}`, access: "A", kind: "Bearer", lifetime: time.Hour},
			{name: "below zero", body: `{"access_token":"A","expires_in":-1}`, access: "A", kind: "Bearer"},
			{name: "not a number", body: `{"access_token":"A","expires_in":"NaN"}`, access: "A", kind: "Bearer"},
			{name: "for ever", body: `{"access_token":"A","expires_in":1e300}`, access: "A", kind: "Bearer", lifetime: (1<<31 - 1) * time.Second},
			{name: "list of scopes", body: `{"access_token":"A","scope":["a",["b"]]}`, access: "A", kind: "Bearer", scope: "a b"},
			{name: "scopes that cannot be read", body: `{"access_token":"A","scope":["a",{}]}`, access: "A", kind: "Bearer", scope: false},
			{name: "empty scopes", body: `{"access_token":"A","scope":""}`, access: "A", kind: "Bearer"},
			{name: "nested", more: nested, body: `{"scope":"out","data":{"token":"A","again":"R","token_type":"user","scope":"in","until":"` + now.Add(time.Hour).Format(time.RFC3339) + `"}}`, access: "A", refresh: "R", kind: "Bearer", lifetime: time.Hour, scope: "in"},
			{name: "a moment in milliseconds", more: nested, body: `{"data":{"token":"A","until":` + digits(now.Add(time.Hour).UnixMilli()) + `}}`, access: "A", kind: "Bearer", lifetime: time.Hour},
			{name: "a moment that is over", more: nested, body: `{"data":{"token":"A","until":` + digits(now.Add(-time.Hour).Unix()) + `}}`, access: "A", kind: "Bearer"},
			{name: "milliseconds", more: "response = { expires_unit = \"ms\" }\n", body: `{"access_token":"A","expires_in":60000}`, access: "A", kind: "Bearer", lifetime: time.Minute},
			{name: "type with white space", body: `{"access_token":"A","token_type":"Bearer \n"}`, access: "A", kind: "Bearer"},
			{name: "type that the file knows", more: "response = { token_types = [\"Special\"] }\n", body: `{"access_token":"A","token_type":"special"}`, access: "A", kind: "Bearer"},
		} {
			w, _ := client(t, machine+endpoint+own+tt.more, reply{body: tt.body})
			got, err := w.Token(t.Context(), nil)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			var lifetime time.Duration
			if !got.Expiry.IsZero() {
				lifetime = got.Expiry.Sub(now)
			}
			// A moment is given in whole seconds.
			if got.AccessToken != tt.access || got.RefreshToken != tt.refresh || got.TokenType != tt.kind || (lifetime-tt.lifetime).Abs() > time.Second || got.Extra("scope") != tt.scope {
				t.Errorf("%s: %s token %q, refresh token %q, %s, scope %v", tt.name, got.TokenType, got.AccessToken, got.RefreshToken, lifetime, got.Extra("scope"))
			}
		}
	})
}

// A refresh may be answered in the standard form though a first token is not.
func TestFlatRefresh(t *testing.T) {
	t.Parallel()
	const nested = "response = { access_token = \"data.token\", refresh_token = \"data.again\", expires_in = \"data.until\", expires_unit = \"date\" }\n"
	w, _ := client(t, machine+endpoint+own+nested, reply{body: `{"access_token":"A","refresh_token":"R2","expires_in":60}`})
	got, err := refresh(t, w)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(got.Expiry); got.AccessToken != "A" || got.RefreshToken != "R2" || left < 50*time.Second || left > time.Minute {
		t.Errorf("token %q, refresh token %q, for %s", got.AccessToken, got.RefreshToken, left)
	}
	if _, err := w.Token(t.Context(), nil); failure(t, err).Rotated != nil {
		t.Errorf("a first token in the standard form: %v", err)
	}
}

// A response without a usable token is an error, and the refresh token in it is kept:
// the one that was sent may be void.
func TestUnusableAnswers(t *testing.T) {
	t.Parallel()
	for body, rotated := range map[string]string{
		`{"refresh_token":"R2"}`: "R2",
		`{"access_token":"A","token_type":"mac","refresh_token":"R2"}`:                "R2",
		`{"access_token":"A","token_type":"DPoP","refresh_token":"R2"}`:               "R2",
		`{"access_token":"A\u0000","refresh_token":"R2"}`:                             "R2",
		`{"access_token":"` + strings.Repeat("A", 65<<10) + `","refresh_token":"R2"}`: "R2",
		`{"refresh_token":"R2","access_token":"A`:                                     "R2",
		`<html>{"refresh_token":"R2"}`:                                                "R2",
		`{"refresh_token":"R2","pad":"` + strings.Repeat("x", 1<<20) + `"}`:           "R2",
		`{"refresh_token":"the-refresh-token"}`:                                       "",
		`{"error":"server_error","refresh_token":"R2"}`:                               "",
		`{}`: "", ``: "", `null`: "",
	} {
		w, s := client(t, machine+endpoint+own, reply{body: body})
		_, err := refresh(t, w)
		f := failure(t, err)
		if f.Rotated.Reveal() != rotated || f.Err.Code != hostapi.CodeConnection || len(s.asked) != 1 {
			t.Errorf("%.80s: %+v, rotated %q, want %q", body, f, f.Rotated.Reveal(), rotated)
		}
		// A first token has nothing to lose.
		w, _ = client(t, machine+endpoint+own, reply{body: body})
		if _, err = w.Token(t.Context(), nil); failure(t, err).Rotated != nil {
			t.Errorf("%.80s: a first request has rotated something", body)
		}
	}
}

// The codes of a refusal, and what they mean for a refresh token.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status                      int
		body, code                  string
		guessed, transient, lasting bool
		shown                       string
	}{
		{400, `{"error":"invalid_grant"}`, "invalid_grant", false, false, true, "answered 400 invalid_grant"},
		{200, `{"error":"invalid_grant"}`, "invalid_grant", false, false, true, "answered 200 invalid_grant"},
		{200, `{"ok":false,"error":"invalid_refresh_token"}`, "invalid_grant", false, false, true, "answered 200 invalid_refresh_token"},
		{503, `{"error":"invalid_grant"}`, "invalid_grant", false, false, true, ""},
		{400, `{"error":"OldCode"}`, "invalid_grant", false, false, true, ""}, // of refresh_ended
		{401, `{"error":"invalid_client"}`, "invalid_client", false, false, true, ""},
		{400, `{"error":{"type":"OAuthException","code":190}}`, "invalid_grant", false, false, true, ""},
		{400, `{"error":{"type":"OAuthException","code":4}}`, "temporarily_unavailable", false, true, false, ""},
		{400, `{"error_code":"rate_limited"}`, "temporarily_unavailable", false, true, false, ""},
		{500, `oops`, "", false, true, false, "answered 500"},
		{408, ``, "", false, true, false, ""},
		{425, ``, "", false, true, false, ""},
		{400, `{"error":"sad"}`, "invalid_grant", true, false, true, "answered 400 sad"},
		{200, `{"success":false}`, "invalid_grant", true, false, true, ""},
		{400, `{"error":"invalid_request","error_description":"The provided authorization grant or refresh token is invalid, expired or revoked"}`, "invalid_grant", true, false, true, "answered 400 invalid_request"},
		{400, `{"error":"invalid_request","error_description":"invalid request: refresh_token is missing"}`, "invalid_request", false, false, true, ""},
		{400, `{"error":"invalid_request","error_description":"invalid redirect_uri"}`, "invalid_request", false, false, true, ""},
		{200, `{"errcode":42002,"errmsg":"refresh_token expired"}`, "invalid_grant", true, false, true, "answered 200"},
		{200, `{"code":20026,"msg":"The refresh token passed is invalid"}`, "invalid_grant", true, false, true, "answered 200"},
		{200, `{"code":0,"msg":"ok"}`, "", false, false, false, "answered 200 without an access token"},
		{422, ``, "invalid_grant", true, false, true, ""},
		{404, ``, "", false, false, true, ""},
		{400, `{"error":"the token the-refresh-token is bad"}`, "invalid_grant", false, false, true, "answered 400"},
		{400, `{"error":"the-client-secret"}`, "invalid_client", false, false, true, "answered 400"},
	} {
		w, _ := client(t, machine+endpoint+own+"refresh_response = { ended = [\"OldCode\"] }\n", reply{status: tt.status, body: tt.body})
		_, err := refresh(t, w)
		f := failure(t, err)
		if f.Code != tt.code || f.Guessed != tt.guessed || f.Err.Transient != tt.transient || f.NeedsReauth != tt.lasting || tt.shown != "" && !strings.HasSuffix(f.Err.Message, tt.shown) {
			t.Errorf("%d %s: code %q, guessed %t, transient %t, lasting %t, %s", tt.status, tt.body, f.Code, f.Guessed, f.Err.Transient, f.NeedsReauth, f.Err.Message)
		}
	}
}

// An endpoint that does not take the method says which it takes.
func TestMethodThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	w, _ := client(t, machine+endpoint+own, reply{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {"HEAD, GET"}}})
	_, err := w.Token(t.Context(), nil)
	if f := failure(t, err); !strings.Contains(f.Err.Hint, `token_method = "GET"`) {
		t.Errorf("hint %q", f.Err.Hint)
	}
}

// A response of lists within lists costs in proportion to its length.
func TestNestedScopes(t *testing.T) { //nolint:paralleltest // it looks at what the process allocates
	const depth = 5000
	body := `{"access_token":"A","scope":` + strings.Repeat(`["a",`, depth) + `"` + strings.Repeat("b", 900<<10) + `"` + strings.Repeat("]", depth) + "}"
	w, _ := client(t, machine+endpoint+own, reply{body: body})
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	token, err := w.Token(t.Context(), nil)
	goruntime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if scope, _ := token.Extra("scope").(string); len(scope) != 2*depth+900*1024 {
		t.Errorf("%d bytes of scopes", len(scope))
	}
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 100 {
		t.Errorf("it took %d MiB to read %d KiB", used, len(body)>>10)
	}
}
