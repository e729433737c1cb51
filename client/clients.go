package client

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"time"
)

// APIClientSettings are what is chosen for an API client, with the names of RFC 7591 §2.
type APIClientSettings struct {
	Name         string   `json:"client_name"`
	RedirectURIs []string `json:"redirect_uris"`                        // where the browser goes with the code
	AuthMethod   string   `json:"token_endpoint_auth_method,omitempty"` // client_secret_post, client_secret_basic or none; "": client_secret_post
	PKCEOptional bool     `json:"pkce_optional,omitempty"`              // PKCE may be left out; not with none
	Scope        string   `json:"scope,omitempty"`                      // the widest that its tokens have, read or all; "": read
}

// APIClient is a program that users let use the API in their name. The last four fields are not those of an element
// of a list.
type APIClient struct {
	ID string `json:"client_id"`
	APIClientSettings

	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`

	Secrets    []APIClientSecret `json:"secrets,omitempty"`
	Secret     string            `json:"client_secret,omitempty"` // a new one; it cannot be read again
	Endpoints  map[string]string `json:"endpoints,omitempty"`     // with the names of RFC 8414 §2
	Connection string            `json:"connection,omitempty"`    // the table of an oauth.toml that makes another Postern this client

	ETag string `json:"-"` // for [Client.IfMatch]; "" in lists
}

func (a *APIClient) setETag(tag string) { a.ETag = tag }

// APIClientSecret is a secret of an API client, without the secret.
type APIClientSecret struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

// APIClientFilter selects API clients. Zero fields select all.
type APIClientFilter struct {
	Search                 string    // in the name or the ID
	Active                 *bool     // nil: both
	CreatedFrom, CreatedTo time.Time // CreatedTo itself is not in the range
}

// APIClients returns API clients, the newest first, page by page. An error is the last element.
func (c *Client) APIClients(ctx context.Context, f APIClientFilter) iter.Seq2[*APIClient, error] {
	active := ""
	if f.Active != nil {
		active = strconv.FormatBool(*f.Active)
	}
	return pages[APIClient](ctx, c, list{path: "clients", query: queryOf(
		"search", f.Search, "active", active, "from", timeText(f.CreatedFrom), "to", timeText(f.CreatedTo),
	)})
}

// APIClient returns an API client.
func (c *Client) APIClient(ctx context.Context, id string) (*APIClient, error) {
	return call[APIClient](ctx, c, http.MethodGet, nil, "clients", id)
}

// AddAPIClient registers an API client. Its Secret is empty for the method none.
func (c *Client) AddAPIClient(ctx context.Context, s APIClientSettings) (*APIClient, error) {
	return call[APIClient](ctx, c, http.MethodPost, s, "clients")
}

// ChangeAPIClient replaces the settings of an API client. It has a Secret if it had none before and needs one now.
func (c *Client) ChangeAPIClient(ctx context.Context, id string, s APIClientSettings) (*APIClient, error) {
	return call[APIClient](ctx, c, http.MethodPut, s, "clients", id)
}

// ActivateAPIClient activates an API client.
func (c *Client) ActivateAPIClient(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodPost, path: []string{"clients", id, "activate"}, repeat: true})
}

// DeactivateAPIClient deactivates an API client; its tokens do not work meanwhile.
func (c *Client) DeactivateAPIClient(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodPost, path: []string{"clients", id, "deactivate"}, repeat: true})
}

// DeleteAPIClient deletes an API client with its sessions.
func (c *Client) DeleteAPIClient(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"clients", id}})
}

// AddAPIClientSecret gives an API client a second secret, which is the Secret of the result. The error matches
// [ErrConflict] if it has two.
func (c *Client) AddAPIClientSecret(ctx context.Context, id string) (*APIClient, error) {
	return call[APIClient](ctx, c, http.MethodPost, nil, "clients", id, "secrets")
}

// RemoveAPIClientSecret removes a secret of an API client, but not its last one.
func (c *Client) RemoveAPIClientSecret(ctx context.Context, id, secret string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"clients", id, "secrets", secret}})
}

// Session is what a user has allowed an API client.
type Session struct {
	ID         string    `json:"id"`
	ClientID   string    `json:"client_id"`
	ClientName string    `json:"client_name"`
	UserID     string    `json:"user_id"`
	UserName   string    `json:"user_name"`
	Scope      string    `json:"scope"`
	Created    time.Time `json:"created"`
	Refreshed  time.Time `json:"refreshed"` // when its refresh token was issued
	Expires    time.Time `json:"expires"`   // when that expires
}

// Sessions returns the sessions of an API client ("": all) and of a user ("": all), the newest first, page by page.
// Without the role operator they are those of the user of the token. An error is the last element.
func (c *Client) Sessions(ctx context.Context, clientID, userID string) iter.Seq2[*Session, error] {
	return pages[Session](ctx, c, list{path: "sessions", query: queryOf("client", clientID, "user", userID)})
}

// RevokeSession ends a session of an API client.
func (c *Client) RevokeSession(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"sessions", id}})
}
