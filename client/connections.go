package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Connection is a connection without its secrets. Times are zero for what is unknown, or has not happened.
type Connection struct {
	Name          string    `json:"name"`
	Grant         string    `json:"grant"`
	State         string    `json:"state"`                  // unused, ready, failing or needs_reauth; "": unknown
	Reason        string    `json:"reason,omitempty"`       // of the state; "": none
	Failure       *Failure  `json:"failure,omitempty"`      // why it cannot be used; nil: it can
	TokenExpires  time.Time `json:"token_expires,omitzero"` // of the access token
	GrantedScopes []string  `json:"granted_scopes,omitempty"`
	Refreshable   bool      `json:"refreshable"`      // it has a refresh token
	Updated       time.Time `json:"updated,omitzero"` // when its tokens were stored

	Source      string         `json:"source"`             // file or stored; one of a file cannot be changed
	RedirectURI string         `json:"redirect_uri"`       // to register with the authorization server
	Settings    map[string]any `json:"settings,omitempty"` // of a stored one, with references in place of secrets

	Endpoints               map[string]string `json:"endpoints,omitempty"` // by key
	ClientID                string            `json:"client_id,omitempty"`
	TokenEndpointAuthMethod string            `json:"token_endpoint_auth_method,omitempty"`
	Scopes                  []string          `json:"scopes,omitempty"` // that are asked for
	Header                  string            `json:"header,omitempty"` // of requests that has the credential
	Scheme                  string            `json:"scheme,omitempty"`
	Hosts                   []string          `json:"hosts,omitempty"` // that the credential is sent to
	Sealed                  bool              `json:"sealed"`          // scripts do not see it
	SealedIn                []string          `json:"sealed_in,omitempty"`
	Timeout                 string            `json:"timeout,omitempty"` // of one token request, such as 30s
	Expires                 time.Time         `json:"expires,omitzero"`  // of a credential that is in the settings
	Warnings                []string          `json:"warnings,omitempty"`

	ETag string `json:"-"` // for [Client.IfMatch]; "" in lists
}

func (c *Connection) setETag(tag string) { c.ETag = tag }

// Connections iterates over the connections whose name has search in it, by name. It ends with the first error.
func (c *Client) Connections(ctx context.Context, search string) iter.Seq2[*Connection, error] {
	return pages[Connection](ctx, c, list{path: "connections", cursor: "after", query: queryOf("search", search)})
}

// Connection returns a connection.
func (c *Client) Connection(ctx context.Context, name string) (*Connection, error) {
	return call[Connection](ctx, c, http.MethodGet, nil, "connections", name)
}

// SaveConnection adds a connection, or changes one that was added. Settings are the keys of a connection in an
// oauth.toml. A secret is the text of its key, or {"secret": TEXT}; a reference, as Connection.Settings has it,
// keeps the one that is stored.
func (c *Client) SaveConnection(ctx context.Context, name string, settings map[string]any) (*Connection, error) {
	return call[Connection](ctx, c, http.MethodPut, settings, "connections", name)
}

// AddConnection is SaveConnection for a connection that is new. The error matches [ErrConflict] if there is one of
// that name.
func (c *Client) AddConnection(ctx context.Context, name string, settings map[string]any) (*Connection, error) {
	return ask[Connection](ctx, c, request{
		method: http.MethodPut, path: []string{"connections", name}, header: http.Header{"If-None-Match": {"*"}}, body: settings,
	})
}

// DeleteConnection deletes a connection with its tokens, which are not revoked: see [Client.RevokeConnection].
func (c *Client) DeleteConnection(ctx context.Context, name string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"connections", name}})
}

// Authorization is an authorization of a connection that was begun.
type Authorization struct {
	ID      string    `json:"id"`
	URL     string    `json:"url,omitempty"` // to open in a browser; only of one that has just begun
	State   string    `json:"state"`         // pending, succeeded or failed
	Failure *Failure  `json:"failure,omitempty"`
	Expires time.Time `json:"expires"` // until when it can be completed

	// Of one with the grant device_code, while it is pending, RFC 8628 §3.2: the code to enter on the page at
	// VerificationURI, on any device; "" otherwise. VerificationURIComplete has the code in it; "": there is none.
	UserCode                string `json:"user_code,omitempty"`
	VerificationURI         string `json:"verification_uri,omitempty"`
	VerificationURIComplete string `json:"verification_uri_complete,omitempty"`
}

// Authorize begins to authorize a connection. Its URL is to be opened in a browser in which the user of the token
// is signed in. With the grant device_code it has a UserCode and a VerificationURI instead.
func (c *Client) Authorize(ctx context.Context, name string) (*Authorization, error) {
	return call[Authorization](ctx, c, http.MethodPost, nil, "connections", name, "authorize")
}

// Authorization returns how far an authorization has come that the user of the token has begun. The error matches
// [ErrNotFound] once it has expired.
func (c *Client) Authorization(ctx context.Context, name, id string) (*Authorization, error) {
	return call[Authorization](ctx, c, http.MethodGet, nil, "connections", name, "authorizations", id)
}

// Tokens are tokens that were obtained elsewhere. One of the two is set.
type Tokens struct {
	AccessToken  string    `json:"access_token,omitempty"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	TokenType    string    `json:"token_type,omitempty"` // "": Bearer
	Expires      time.Time `json:"expires_at,omitzero"`  // zero: the access token is used until an API refuses it
	Scopes       []string  `json:"scopes,omitempty"`     // as granted
}

// String returns "[secret]".
func (Tokens) String() string { return "[secret]" }

// GoString returns "[secret]".
func (Tokens) GoString() string { return "[secret]" }

// ImportTokens stores tokens that were obtained elsewhere as those of a connection, with which it replaces the ones that
// it has.
func (c *Client) ImportTokens(ctx context.Context, name string, tokens Tokens) error {
	return c.tell(ctx, request{method: http.MethodPut, path: []string{"connections", name, "tokens"}, body: tokens})
}

// TestConnection gets a token for a connection if there is none that is still good, and returns until when it
// is valid; zero: unknown.
func (c *Client) TestConnection(ctx context.Context, name string) (time.Time, error) {
	var out struct {
		Expires time.Time `json:"expires"`
	}
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"connections", name, "test"}, repeat: true}, &out)
	return out.Expires, err
}

// RevokeConnection revokes the tokens of a connection and forgets them. It returns whether the
// authorization server was told, which it can only be if it has a revocation endpoint, RFC 7009.
func (c *Client) RevokeConnection(ctx context.Context, name string) (bool, error) {
	var out struct {
		Revoked bool `json:"revoked"`
	}
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"connections", name, "revoke"}, repeat: true}, &out)
	return out.Revoked, err
}
