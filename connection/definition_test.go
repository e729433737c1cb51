package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Every key of a connection has a field, and every field is a key.
func TestDefinitionHasEveryKey(t *testing.T) {
	t.Parallel()
	d := reflect.TypeFor[connection.Definition]()
	for i := range d.NumField() {
		key, _, _ := strings.Cut(d.Field(i).Tag.Get("json"), ",")
		if !connection.IsKey(key) {
			t.Errorf("field %s: %q is not a key", d.Field(i).Name, key)
		}
	}
	fields := make(map[string]bool)
	for i := range d.NumField() {
		key, _, _ := strings.Cut(d.Field(i).Tag.Get("json"), ",")
		fields[key] = true
	}
	for _, key := range strings.Fields(`grant header hosts expired_status expired_when tls proxy variables expires
		issuer token_endpoint authorization_endpoint refresh_endpoint revocation_endpoint introspection_endpoint
		device_authorization_endpoint pushed_authorization_request_endpoint client_id client_secret token_endpoint_auth_method
		basic_encoding signing_key signing_key_id signing_alg scopes scope_separator send_scopes_on_refresh audience resource
		token_params refresh_params token_headers token_body token_method token_request refresh_request response refresh_response
		refresh_before sealed dpop timeout pkce authorize_params redirect_uri claims subject_token subject_token_type
		requested_token_type username password legacy token`) {
		if !fields[key] {
			t.Errorf("the key %s has no field", key)
		}
	}
}

// tokens is an authorization server that issues one token, and an API.
type tokens struct {
	mu    sync.Mutex
	forms []string
}

func (s *tokens) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	user, password, _ := r.BasicAuth()
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.forms = append(s.forms, fmt.Sprintf("%s:%s %s %s", user, password, r.PostForm.Encode(), r.Header.Get("X-Key")))
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.WriteString(`{"access_token":"the-token","expires_in":3600}`) // into memory
	return w.Result(), nil
}

// A set made in Go works like one from a file, with secrets as values and as references.
func TestNewSet(t *testing.T) {
	t.Parallel()
	server := new(tokens)
	set, err := connection.NewSet(map[string]connection.Definition{
		"crm": {
			Grant: "client_credentials", TokenEndpoint: "https://as.example.com/token", ClientID: "me",
			ClientSecret: []connection.Secret{connection.SecretValue("by-value")}, Scopes: []string{"a", "b"},
			TokenParams:  connection.Table{"tenant": "t1", "key": connection.SecretRef("vault:key"), "many": []string{"x", "y"}},
			TokenHeaders: connection.Table{"X-Key": "env:HEADER"},
			Hosts:        []string{"api.example.com"}, Timeout: 5 * time.Second, RefreshBefore: time.Minute,
			Expires: time.Now().AddDate(1, 0, 0), ExpiredStatus: []int{401, 403}, Sealed: new(true), Claims: nil,
		},
		"plain": {Grant: "static", Token: connection.SecretValue("a-static-token"), Sealed: new(false), Hosts: []string{"other.example.com"}},
		"file":  {Grant: "static", Token: connection.SecretRef("env:MISSING")}, // never used
	}, connection.ParseOptions{
		LookupEnv: lookup(map[string]string{"HEADER": "from-env"}),
		LookupSecret: func(_ context.Context, ref string) (string, error) {
			if ref != "vault:key" {
				return "", errors.New("no such secret")
			}
			return "from-vault", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Warnings(); len(got) != 1 || !strings.Contains(got[0], "sealed = false") {
		t.Errorf("warnings %q", got)
	}
	m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(egress.Config{Transport: server})})
	if err != nil {
		t.Fatal(err)
	}
	token, err := m.Token(t.Context(), "crm", 0)
	if err != nil || token.AccessToken() != "the-token" {
		t.Fatalf("token %v, %v", token, err)
	}
	want := "me:by-value grant_type=client_credentials&key=from-vault&many=x&many=y&scope=a+b&tenant=t1 from-env"
	if !slices.Equal(server.forms, []string{want}) {
		t.Errorf("sent %q, want %q", server.forms, want)
	}
	if token, err = m.Token(t.Context(), "plain", 0); err != nil || token.AccessToken() != "a-static-token" {
		t.Errorf("static token %v", err)
	}
	if _, err = m.Token(t.Context(), "file", 0); hostapi.CodeOf(err) != hostapi.CodeConfig || !strings.Contains(err.Error(), "MISSING is not set") {
		t.Errorf("error %v, want one about MISSING", err)
	}
	d, err := set.Describe("crm")
	if err != nil || d.Timeout != "5s" || !slices.Equal(d.Scopes, []string{"a", "b"}) {
		t.Errorf("described as %+v, %v", d, err)
	}

	file, err := connection.Parse("oauth.toml", []byte("[connections.crm]\ngrant = \"static\"\ntoken = \"env:X\"\n[connections.wiki]\ngrant = \"static\"\ntoken = \"env:X\"\n[limits]\nrequests = 3\n"), connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	merged := connection.Merge(set, file)
	if names := merged.Names(); !slices.Equal(names, []string{"crm", "file", "plain", "wiki"}) || merged.Limits().Requests != 3 {
		t.Errorf("merged %q, limits %+v", names, merged.Limits())
	}
}

// The checks are those of the file, with the key as the place.
func TestNewSetMistakes(t *testing.T) {
	t.Parallel()
	const op = `connection "crm" `
	secret := []connection.Secret{connection.SecretValue("hunter2")}
	for want, d := range map[string]connection.Definition{
		op + "grant: is missing":                        {},
		op + "grant: has a value that is not allowed":   {Grant: "client_credential"},
		op + "token_endpoint: is missing":               {Grant: "client_credentials", ClientID: "me", ClientSecret: secret},
		op + "client_secret: is missing":                {Grant: "client_credentials", ClientID: "me", TokenEndpoint: "https://as.example.com/"},
		op + "client_secret: is empty":                  {Grant: "client_credentials", ClientID: "me", TokenEndpoint: "https://as.example.com/", ClientSecret: []connection.Secret{connection.SecretValue("")}},
		op + "client_secret: is a secret in plaintext":  {Grant: "client_credentials", ClientID: "me", TokenEndpoint: "https://as.example.com/", ClientSecret: []connection.Secret{connection.SecretRef("hunter2")}},
		op + "token_endpoint: must begin with https://": {Grant: "client_credentials", ClientID: "me", TokenEndpoint: "http://as.example.com/", ClientSecret: secret},
		op + "pkce: has no effect with grant":           {Grant: "client_credentials", PKCE: "S256"},
		op + "client_id: has a NUL character":           {Grant: "client_credentials", ClientID: "\x000"},
		op + "token_params: has a NUL character":        {Grant: "client_credentials", TokenParams: connection.Table{"a": []any{"\x000"}}},
		op + `tls ca: unknown key`:                      {Grant: "static", Token: secret[0], TLS: connection.Table{"ca": "x"}},
		op + "timeout: must be a time above 0":          {Grant: "client_credentials", ClientID: "me", TokenEndpoint: "https://as.example.com/", ClientSecret: secret, Timeout: time.Hour},
		op + "hosts: has an entry that is not a host":   {Grant: "static", Token: secret[0], Hosts: []string{"https://x"}},
		op + "header: must be a table":                  {Grant: "static", Token: secret[0], Header: connection.Table{"name": 1}},
		op + "token: begins or ends with white space":   {Grant: "static", Token: connection.SecretValue(" x")},
		op + "redirect_uri: is not the URL of a callback": {
			Grant: "authorization_code", ClientID: "me", Issuer: "https://as.example.com", ClientSecret: secret, RedirectURI: "x",
		},
	} {
		set, err := connection.NewSet(map[string]connection.Definition{"crm": d}, connection.ParseOptions{})
		if err == nil {
			err = set.CheckSecrets(t.Context())
		}
		e, ok := errors.AsType[*hostapi.Error](err)
		if want == op+"header: must be a table" {
			want = op + "header name: must be text in quotes"
		}
		if !ok || e.Code != hostapi.CodeConfig || !strings.HasPrefix(e.Error(), want) || e.File != "" || e.Line != 0 {
			t.Errorf("error %v, want %s", err, want)
		}
		if err != nil && strings.Contains(fmt.Sprintf("%+v", err), "hunter2") {
			t.Errorf("error %v shows the secret", err)
		}
	}
	_, err := connection.NewSet(map[string]connection.Definition{"b": {}, "a": {}, "c": {Grant: "static", Token: secret[0]}}, connection.ParseOptions{})
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("error %v, want two", err)
	}
}

// A definition can be stored as JSON with references, and a value is never shown.
func TestSecretIsHidden(t *testing.T) {
	t.Parallel()
	value, ref := connection.SecretValue("hunter2"), connection.SecretRef("env:S")
	d := connection.Definition{Grant: "static", Token: value, ClientSecret: []connection.Secret{value}, TokenParams: connection.Table{"k": value}}
	for _, text := range []string{fmt.Sprint(d), fmt.Sprintf("%+v", d), fmt.Sprintf("%#v", d), fmt.Sprintf("%s %q %x %d", value, value, value, value), value.LogValue().String()} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") {
			t.Errorf("shown: %s", text)
		}
	}
	if data, err := json.Marshal(d); err == nil {
		t.Errorf("encoded as %s", data)
	}
	d = connection.Definition{Grant: "static", Token: ref, Sealed: new(false), Hosts: []string{"a"}, Timeout: time.Second}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"grant":"static","token":"env:S","hosts":["a"],"sealed":false,"timeout":1000000000}`; string(data) != want {
		t.Errorf("encoded as %s, want %s", data, want)
	}
	var again connection.Definition
	if err := json.Unmarshal(data, &again); err != nil || !reflect.DeepEqual(again, d) {
		t.Errorf("decoded as %+v, %v", again, err)
	}
}

// LookupSecret ends with the request that needs it, another request that waits for it
// takes over, and it is asked once.
func TestLookupSecretHasTheContextOfTheRequest(t *testing.T) {
	t.Parallel()
	type key struct{}
	var mu sync.Mutex
	var asked []any
	asking := make(chan struct{}, 9)
	set, err := connection.NewSet(map[string]connection.Definition{
		"slow":  {Grant: "static", Token: connection.SecretRef("vault:slow")},
		"other": {Grant: "static", Token: connection.SecretRef("vault:other")},
	}, connection.ParseOptions{LookupSecret: func(ctx context.Context, ref string) (string, error) {
		mu.Lock()
		asked = append(asked, ctx.Value(key{}))
		first := len(asked) == 1
		mu.Unlock()
		asking <- struct{}{}
		if first {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "secret of " + strings.TrimPrefix(ref, "vault:"), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(egress.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "first"))
	ended := make(chan error)
	go func() {
		_, err := m.Token(ctx, "slow", 0)
		ended <- err
	}()
	<-asking
	// Another connection does not wait for it, nor does a request that gives up.
	if _, err := m.Token(t.Context(), "other", 0); err != nil {
		t.Errorf("another connection: %v", err)
	}
	impatient, stop := context.WithCancel(t.Context())
	stop()
	if _, err := m.Token(impatient, "slow", 0); !errors.Is(err, hostapi.CodeCanceled) {
		t.Errorf("a cancelled request: %v", err)
	}
	second := make(chan error)
	go func() {
		_, err := m.Token(context.WithValue(t.Context(), key{}, "second"), "slow", 0)
		second <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, hostapi.CodeCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("the request that was cancelled: %v", err)
	}
	if err := <-second; err != nil {
		t.Errorf("the request that waited: %v", err)
	}
	if _, err := m.Token(t.Context(), "slow", 0); err != nil {
		t.Error(err)
	}
	if want := []any{"first", nil, "second"}; !reflect.DeepEqual(asked, want) {
		t.Errorf("asked by %v, want %v", asked, want)
	}
}

// An error of LookupSecret is found, its text is not shown, and its code is kept; a panic
// of it or of LookupEnv is named.
func TestLookupSecretFails(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused with hunter2")
	for _, tt := range []struct {
		name   string
		lookup func(context.Context, string) (string, error)
		code   hostapi.Code
		text   string
	}{
		{"error", func(context.Context, string) (string, error) { return "", refused }, hostapi.CodeConfig, "token: the host has no secret for this reference"},
		{"temporary", func(context.Context, string) (string, error) {
			return "", &hostapi.Error{Code: hostapi.CodeNetwork, Message: "hunter2", RetryAfter: time.Minute, Cause: refused}
		}, hostapi.CodeNetwork, "token: the host has no secret for this reference"},
		{"panic", func(context.Context, string) (string, error) { panic("hunter2") }, hostapi.CodeInternal, "token: LookupSecret of the ParseOptions panicked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := connection.NewSet(map[string]connection.Definition{"crm": {Grant: "static", Token: connection.SecretRef("x")}}, connection.ParseOptions{LookupSecret: tt.lookup})
			if err != nil {
				t.Fatal(err)
			}
			err = set.CheckSecrets(t.Context(), "crm")
			if !errors.Is(err, tt.code) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v, want %s %s", err, tt.code, tt.text)
			}
			if tt.name != "panic" && !errors.Is(err, refused) {
				t.Errorf("error %v does not match that of the host", err)
			}
			if e, _ := errors.AsType[*hostapi.Error](err); tt.name == "temporary" && (!e.Temporary() || e.RetryAfter != time.Minute) {
				t.Errorf("error %+v is not temporary", e)
			}
		})
	}
	set, err := connection.Parse("oauth.toml", []byte("[connections.crm]\ngrant = \"static\"\ntoken = \"env:X\"\n"), connection.ParseOptions{
		LookupEnv: func(string) (string, bool) { panic("hunter2") },
	})
	if err != nil {
		t.Fatal(err)
	}
	err = set.CheckSecrets(t.Context())
	if _, ok := errors.AsType[*hostapi.PanicError](err); !ok || !errors.Is(err, hostapi.CodeInternal) || !strings.Contains(err.Error(), "token: LookupEnv of the ParseOptions panicked") {
		t.Errorf("error %v", err)
	}
}

// Replace takes a connection with another secret as changed, and one with the same as the
// same.
func TestReplaceOfDefinitions(t *testing.T) {
	t.Parallel()
	made := func(token string) *connection.Set {
		set, err := connection.NewSet(map[string]connection.Definition{
			"crm":  {Grant: "static", Token: connection.SecretValue(token)},
			"wiki": {Grant: "static", Token: connection.SecretValue("same"), TokenParams: nil},
		}, connection.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	m, err := connection.NewManager(connection.Config{Set: made("old"), Egress: egress.New(egress.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	grant := &hostapi.Grant{Connections: []string{"crm", "wiki"}}
	standIn := func(name string) string {
		text, err := m.OAuth2Token(t.Context(), grant, name)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	crm, wiki := standIn("crm"), standIn("wiki")
	if err := m.Replace(made("new")); err != nil {
		t.Fatal(err)
	}
	if standIn("wiki") != wiki || standIn("crm") == crm {
		t.Error("the connection that is the same has another stand-in, or the one that changed the same")
	}
	if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "new" {
		t.Errorf("error %v, or the old token", err)
	}
}

func ExampleNewSet() {
	set, err := connection.NewSet(map[string]connection.Definition{
		"crm": {
			Grant:         "client_credentials",
			TokenEndpoint: "https://as.example.com/token",
			ClientID:      "reports",
			ClientSecret:  []connection.Secret{connection.SecretRef("vault:crm/reports")},
			Hosts:         []string{"api.example.com"},
		},
	}, connection.ParseOptions{
		LookupSecret: func(ctx context.Context, ref string) (string, error) { return "of the vault", ctx.Err() },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.Names(), set.CheckSecrets(context.Background()))
	// Output: [crm] <nil>
}
