package oauthclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// The messages that the page on errors explains.
func TestFailureMessages(t *testing.T) {
	t.Parallel()
	big := `{"access_token":"A","pad":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, tt := range []struct {
		answer        reply
		message, hint string
	}{
		{reply{body: big}, "token endpoint id.example.com sent more than 1 MiB", "is token_endpoint right?"},
		{reply{body: "{}"}, "answered 200 without an access token", "write its path in response"},
		{reply{body: `{"access_token":"` + strings.Repeat("A", 65<<10) + `"}`}, "sent an access token of more than 64 KiB, which no header can carry", "is token_endpoint right?"},
		{reply{body: `{"access_token":"A\u0007"}`}, "sent an access token with a control character in it", ""},
		{reply{body: `{"access_token":"A","token_type":"dpop"}`}, "issued a token that is not a bearer token: its token_type is DPoP", "add dpop = true"},
		{reply{body: `{"access_token":"A","token_type":"mac"}`}, `issued a token that is not a bearer token: its token_type is "mac"`, "token_types"},
		{reply{body: `{"access_token":"A","token_type":"two words"}`}, "issued a token that is not a bearer token: its token_type is not known", "token_types"},
		{reply{status: 302}, "answered with a redirect (302), which is never followed", "token_endpoint"},
		{reply{status: 401, body: `{"error":"invalid_client"}`}, "answered 401 invalid_client", "check client_id, client_secret and token_endpoint_auth_method (now client_secret_basic)"},
		{reply{status: 401, body: "no"}, "answered 401", "check client_id"},
		{reply{status: 400, body: `{"error":"unauthorized_client"}`}, "answered 400 unauthorized_client", `the server does not let this client use grant "client_credentials"`},
		{reply{status: 400, body: `{"error":"invalid_scope"}`}, "answered 400 invalid_scope", "check scopes"},
		{reply{status: 400, body: `{"error":"invalid_target"}`}, "answered 400 invalid_target", "check resource and audience"},
		{reply{status: 404}, "answered 404", ""},
		{reply{status: 405}, "answered 405", "is token_endpoint right?"},
	} {
		w, _ := client(t, machine+endpoint+own, tt.answer)
		_, err := w.Token(t.Context(), nil)
		f := failure(t, err)
		if !strings.HasSuffix(f.Err.Message, tt.message) || !strings.Contains(f.Err.Hint, tt.hint) || !strings.HasPrefix(f.Err.Message, "token endpoint id.example.com ") || f.Err.Name != "crm" {
			t.Errorf("%d %.60s: %s, hint %q; want %q and %q", tt.answer.status, tt.answer.body, f.Err.Message, f.Err.Hint, tt.message, tt.hint)
		}
	}
}

// What a refusal shows of its code is a code, and nothing that was sent.
func TestCodesThatAreNotShown(t *testing.T) {
	t.Parallel()
	const sent = "abcdefghijklmnop" // of letters alone, as codes are
	for code, shown := range map[string]bool{"sad": true, sent: false, "x" + sent: false, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "Sad": false, "InvalidGrant": true} {
		w, _ := client(t, machine+endpoint+own, reply{status: http.StatusBadRequest, body: `{"error":"` + code + `"}`})
		_, err := w.Refresh(t.Context(), nil, secret.New(sent))
		if f := failure(t, err); strings.HasSuffix(f.Err.Message, "answered 400 "+code) != shown || !shown && !strings.HasSuffix(f.Err.Message, "answered 400") {
			t.Errorf("%s: %s", code, f.Err.Message)
		}
	}
	// Nor is an issuer that has a secret in it proposed.
	w, _ := client(t, machine+issuer+own, reply{body: `{"issuer":"https://id.example.com/the-client-secret"}`})
	_, err := w.Token(t.Context(), nil)
	if f := failure(t, err); strings.Contains(f.Err.Hint, "issuer =") {
		t.Errorf("hint %q proposes an issuer", f.Err.Hint)
	}
}

// silent is a server that never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A request that got no answer says whose time was over.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := client(t, machine+endpoint+own+"timeout = \"5s\"\n")
		w = New(w.conn, egress.New(egress.Config{Transport: silent{}}))
		late := &hostapi.Error{Code: hostapi.CodeTimeout, Message: "the time of the task is over"}
		for name, tt := range map[string]struct {
			end     func(context.Context) (context.Context, context.CancelFunc)
			code    hostapi.Code
			message string
		}{
			"the connection's": {w.WithTimeout, hostapi.CodeNetwork, "did not respond within 5s"},
			"the caller's": {func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			}, hostapi.CodeTimeout, "had not responded when the deadline of the call passed"},
			"the task's": {func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(time.Second, func() { cancel(late) })
				return ctx, func() { cancel(nil) }
			}, hostapi.CodeTimeout, "had not responded when the deadline of the call passed"},
			"cancelled": {func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			}, hostapi.CodeCanceled, "had not responded when the call was cancelled"},
		} {
			ctx, cancel := tt.end(t.Context())
			_, err := w.Token(ctx, nil)
			cancel()
			if f := failure(t, err); f.Err.Code != tt.code || !strings.HasSuffix(f.Err.Message, tt.message) || f.NeedsReauth {
				t.Errorf("%s: %+v, want %s and %q", name, f.Err, tt.code, tt.message)
			}
		}
	})
}

// What egress refuses is refused for good; what the network refuses is not.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	w, s := client(t, machine+endpoint+own)
	rule, err := hostapi.ParseRule("id.example.com")
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(w.conn, egress.New(egress.Config{Transport: s, Deny: []hostapi.Rule{rule}})).Token(t.Context(), nil)
	if f := failure(t, err); !f.NeedsReauth || f.Err.Code != hostapi.CodeDenied || !strings.Contains(f.Err.Message, "cannot be reached: ") || len(s.asked) != 0 {
		t.Errorf("%+v", f)
	}
	_, err = New(w.conn, egress.New(egress.Config{Transport: broken{}})).Token(t.Context(), nil)
	if f := failure(t, err); f.NeedsReauth || f.Err.Code != hostapi.CodeNetwork || !strings.Contains(f.Err.Message, "cannot be reached") || strings.Contains(f.Error(), "canary") {
		t.Errorf("%+v", f)
	}
}

// broken is a network that fails in words that may hold anything.
type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("canary") }

// A connection may list all hosts of a domain: of nonces only so many are kept.
func TestNoncesHaveABound(t *testing.T) {
	t.Parallel()
	var n nonces
	for i := range 10 * maxNonces {
		n.Note(&url.URL{Scheme: "https", Host: fmt.Sprintf("h%d.example.com", i)}, http.Header{"Dpop-Nonce": {"n"}})
	}
	if len(n.last) > maxNonces {
		t.Errorf("%d nonces are kept", len(n.last))
	}
}
