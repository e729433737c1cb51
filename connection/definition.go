package connection

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// Definition is a connection made in Go, for [NewSet]. Each field is the key of a table
// [connections.NAME] of an oauth.toml, whose documentation has what it means, its default
// and which grants have it. A zero field is a key that is left out. With the names in its
// JSON, which are those of the file, a Definition can be stored.
type Definition struct {
	Grant string `json:"grant,omitempty"` // such as "client_credentials"; required

	// Endpoints, RFC 8414 §2: Issuer, whose metadata have the others, or each of them.
	Issuer                             string `json:"issuer,omitempty"`
	TokenEndpoint                      string `json:"token_endpoint,omitempty"`
	AuthorizationEndpoint              string `json:"authorization_endpoint,omitempty"`
	RefreshEndpoint                    string `json:"refresh_endpoint,omitempty"`
	RevocationEndpoint                 string `json:"revocation_endpoint,omitempty"`
	IntrospectionEndpoint              string `json:"introspection_endpoint,omitempty"`
	DeviceAuthorizationEndpoint        string `json:"device_authorization_endpoint,omitempty"`
	PushedAuthorizationRequestEndpoint string `json:"pushed_authorization_request_endpoint,omitempty"`

	// The client, and how it authenticates.
	ClientID                string   `json:"client_id,omitempty"`
	ClientSecret            []Secret `json:"client_secret,omitempty"` // tried in this order; mostly one
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method,omitempty"`
	BasicEncoding           string   `json:"basic_encoding,omitempty"`
	SigningKey              Secret   `json:"signing_key,omitzero"` // in PEM
	SigningKeyID            string   `json:"signing_key_id,omitempty"`
	SigningAlg              string   `json:"signing_alg,omitempty"`

	// What is requested.
	Scopes              []string `json:"scopes,omitempty"`
	ScopeSeparator      string   `json:"scope_separator,omitempty"`
	SendScopesOnRefresh bool     `json:"send_scopes_on_refresh,omitempty"`
	Audience            string   `json:"audience,omitempty"`
	Resource            []string `json:"resource,omitempty"`
	TokenParams         Table    `json:"token_params,omitempty"`
	RefreshParams       Table    `json:"refresh_params,omitempty"`
	AuthorizeParams     Table    `json:"authorize_params,omitempty"`
	TokenHeaders        Table    `json:"token_headers,omitempty"`
	TokenBody           string   `json:"token_body,omitempty"`
	TokenMethod         string   `json:"token_method,omitempty"`
	TokenRequest        Table    `json:"token_request,omitempty"`
	RefreshRequest      Table    `json:"refresh_request,omitempty"`
	Response            Table    `json:"response,omitempty"`
	RefreshResponse     Table    `json:"refresh_response,omitempty"`

	// What particular grants have.
	PKCE               string `json:"pkce,omitempty"`
	RedirectURI        string `json:"redirect_uri,omitempty"`
	Claims             Table  `json:"claims,omitempty"`
	SubjectToken       Secret `json:"subject_token,omitzero"`
	SubjectTokenType   string `json:"subject_token_type,omitempty"`
	RequestedTokenType string `json:"requested_token_type,omitempty"`
	Username           string `json:"username,omitempty"` // or a reference, such as "env:NAME"
	Password           Secret `json:"password,omitzero"`
	Legacy             bool   `json:"legacy,omitempty"`
	Token              Secret `json:"token,omitzero"`

	// How the credential is used.
	Hosts         []string      `json:"hosts,omitempty"` // that may get it; none by default
	Header        Table         `json:"header,omitempty"`
	Sealed        *bool         `json:"sealed,omitempty"`    // default true: scripts get a stand-in
	SealedIn      []string      `json:"sealed_in,omitempty"` // where a stand-in is replaced, other than in Header
	DPoP          bool          `json:"dpop,omitempty"`
	RefreshBefore time.Duration `json:"refresh_before,omitempty"` // in JSON nanoseconds
	ExpiredStatus []int         `json:"expired_status,omitempty"`
	ExpiredWhen   Table         `json:"expired_when,omitempty"`
	Expires       time.Time     `json:"expires,omitzero"`  // of a credential that a user has to replace
	Timeout       time.Duration `json:"timeout,omitempty"` // of one token request; in JSON nanoseconds

	// The way to the servers.
	TLS       Table             `json:"tls,omitempty"` // files are relative to ParseOptions.Dir
	Proxy     string            `json:"proxy,omitempty"`
	Variables map[string]string `json:"variables,omitempty"`
}

// Table is a table inside of a [Definition]. A value is a string, a number, a bool, a
// [Secret] or a list of strings or secrets. As in the file, a string such as "env:NAME" in
// TokenParams, RefreshParams and TokenHeaders is a reference to a secret.
type Table map[string]any

// Secret is a secret of a [Definition]: its value, or a reference to it. Formatting,
// logging and encoding never show a value. The zero Secret is none. It is immutable.
type Secret struct {
	ref   string
	value secret.Text
	given bool
}

// SecretValue returns text as a secret.
func SecretValue(text string) Secret { return Secret{value: secret.New(text), given: true} }

// SecretRef returns a reference to a secret that is resolved when the connection is first
// used: "env:NAME", "file:PATH", or any other that [ParseOptions].LookupSecret knows.
func SecretRef(ref string) Secret { return Secret{ref: ref, given: true} }

// String returns the reference, or "[secret]" for a value.
func (s Secret) String() string {
	if s.value != nil {
		return secret.Hidden
	}
	return s.ref
}

// GoString returns the same as String.
func (s Secret) GoString() string { return s.String() }

// Format writes String for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the reference. A value is not encoded: that is an error.
func (s Secret) MarshalText() ([]byte, error) {
	if s.value != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "secret", Message: "a value is never encoded", Hint: "use a reference"}
	}
	return []byte(s.ref), nil
}

// UnmarshalText sets s to a reference.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = SecretRef(string(text))
	return nil
}

// NewSet returns a set of connections made in Go. The checks and messages are those of
// [Parse]; an error has the connection in Op and the key in Name, such as "client_secret".
// A secret is needed only once its connection is used, see [Set.CheckSecrets]. NewSet
// copies what it needs: the definitions can be changed afterwards. [Merge] adds the
// connections of a file, and its other tables.
func NewSet(connections map[string]Definition, opts ParseOptions) (*Set, error) {
	tables, secrets := make(map[string]any, len(connections)), make(map[string][]oauthtoml.Given)
	for name, d := range connections {
		var v values
		table, key := v.table(reflect.ValueOf(d))
		if key != "" {
			return nil, &hostapi.Error{
				Code: hostapi.CodeConfig, Op: fmt.Sprintf("connection %q", oauthtoml.Shorten(name)), Name: key, Message: "has a NUL character",
			}
		}
		tables[name], secrets[name] = table, v.secrets
	}
	f, err := oauthtoml.New(tables, secrets, opts.internal())
	if err != nil {
		return nil, err
	}
	return &Set{*f}, nil
}

// values converts a definition to what is read from a file.
type values struct{ secrets []oauthtoml.Given }

// table returns a definition as a table, or the key that has a NUL character, which no
// file can have: secrets are marked by one.
func (v *values) table(d reflect.Value) (table map[string]any, wrong string) {
	table = make(map[string]any)
	for i := range d.NumField() {
		field := d.Field(i)
		if field.IsZero() {
			continue
		}
		key, _, _ := strings.Cut(d.Type().Field(i).Tag.Get("json"), ",")
		value, ok := v.value(field.Interface())
		if !ok {
			return nil, key
		}
		table[key] = value
	}
	return table, ""
}

// value returns one value as the file would have it; ok is false if it has a NUL
// character.
func (v *values) value(x any) (value any, ok bool) {
	switch x := x.(type) {
	case string:
		return x, !strings.ContainsRune(x, 0)
	case *bool:
		return *x, true
	case int:
		return int64(x), true
	case time.Duration:
		return x.String(), true
	case Secret:
		v.secrets = append(v.secrets, oauthtoml.Given{Value: x.value, Ref: x.ref})
		return oauthtoml.GivenText(len(v.secrets) - 1), !strings.ContainsRune(x.ref, 0)
	case Table:
		return members(v, x)
	case map[string]any:
		return members(v, x)
	case map[string]string:
		return members(v, x)
	case []Secret:
		return list(v, x)
	case []string:
		return list(v, x)
	case []int:
		return list(v, x)
	case []any:
		return list(v, x)
	}
	return x, true
}

func members[T any](v *values, m map[string]T) (any, bool) {
	table := make(map[string]any, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) { // the same numbers for the same secrets
		value, ok := v.value(m[key])
		if !ok || strings.ContainsRune(key, 0) {
			return nil, false
		}
		table[key] = value
	}
	return table, true
}

func list[T any](v *values, all []T) (any, bool) {
	values := make([]any, len(all))
	for i, x := range all {
		value, ok := v.value(x)
		if !ok {
			return nil, false
		}
		values[i] = value
	}
	return values, true
}
