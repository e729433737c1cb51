package authserver

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/label"
)

// Client is a program that users can let use the API in their name, RFC 6749 §2.
type Client struct {
	ID string `json:"client_id"`
	ClientSettings
	Active  bool           `json:"active"` // whether it, and its tokens, can be used
	Created time.Time      `json:"created"`
	Updated time.Time      `json:"updated"`
	Secrets []ClientSecret `json:"secrets,omitempty"` // of a confidential client: one, and a second while it is being replaced; nil in lists
}

// ETag identifies what [Registry.UpdateClient] replaces.
func (c *Client) ETag() string { return etag.Of(c.ID, c.ClientSettings) }

// ClientSettings are what an operator chooses for a client. Names are those of RFC 7591 §2.
type ClientSettings struct {
	Name         string     `json:"client_name"`                // free text, at most 200 characters; required
	RedirectURIs []string   `json:"redirect_uris"`              // from 1 to 10; required
	AuthMethod   AuthMethod `json:"token_endpoint_auth_method"` // default AuthMethodPost
	PKCEOptional bool       `json:"pkce_optional"`              // whether PKCE (RFC 7636) may be left out; not with AuthMethodNone
	Scope        Scope      `json:"scope"`                      // the widest that its tokens have; default ScopeRead
}

// ClientSecret says when a secret was made. The secret itself is not stored.
type ClientSecret struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

// AuthMethod is how a client authenticates, RFC 7591 §2.
type AuthMethod string

// The methods.
const (
	AuthMethodPost  AuthMethod = "client_secret_post"
	AuthMethodBasic AuthMethod = "client_secret_basic"
	AuthMethodNone  AuthMethod = "none" // a public client, which has no secret
)

// AuthMethods returns all methods.
func AuthMethods() []AuthMethod {
	return []AuthMethod{AuthMethodPost, AuthMethodBasic, AuthMethodNone}
}

const (
	maxName         = 200 // characters
	maxRedirectURIs = 10
	maxSecrets      = 2
)

// check returns settings with their defaults, or refuses them.
func (c ClientSettings) check(op string) (ClientSettings, error) {
	name, err := checkName(op, c.Name)
	if err != nil {
		return c, err
	}
	c.Name = name
	if c.AuthMethod == "" {
		c.AuthMethod = AuthMethodPost
	}
	if c.Scope == "" {
		c.Scope = ScopeRead
	}
	switch {
	case !slices.Contains(AuthMethods(), c.AuthMethod):
		return c, invalid(op, "token_endpoint_auth_method", "is not one that is supported", "use "+list(AuthMethods()))
	case !slices.Contains(Scopes(), c.Scope):
		return c, invalid(op, "scope", "does not exist", "use "+list(Scopes()))
	case c.AuthMethod == AuthMethodNone && c.PKCEOptional:
		return c, invalid(op, "token_endpoint_auth_method", "none without PKCE would let anyone redeem a code that leaks", "require PKCE")
	case len(c.RedirectURIs) == 0:
		return c, invalid(op, "redirect_uri", "is missing", "write where the client takes the response: https://app.example.com/callback")
	case len(c.RedirectURIs) > maxRedirectURIs:
		return c, invalid(op, "redirect_uri", fmt.Sprintf("there are more than %d", maxRedirectURIs), "")
	}
	c.RedirectURIs = slices.Clone(c.RedirectURIs)
	for i, uri := range c.RedirectURIs {
		if problem, hint := checkRedirectURI(uri); problem != "" {
			return c, invalid(op, fmt.Sprintf("redirect_uri %q", uri), problem, hint)
		}
		if slices.Contains(c.RedirectURIs[:i], uri) {
			return c, invalid(op, fmt.Sprintf("redirect_uri %q", uri), "is there twice", "")
		}
	}
	return c, nil
}

// checkName returns a name without spaces around it, or refuses it.
func checkName(op, name string) (string, error) {
	name = strings.TrimSpace(name)
	if fault := label.Fault(name, maxName); fault != "" {
		return "", invalid(op, "name", fault, "write a name that users recognize")
	}
	return name, nil
}

func list[T ~string](names []T) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(name))
	}
	return b.String()
}

// CreateClient registers a client, which is active. A confidential one gets a secret, which
// cannot be shown again.
func (g *Registry) CreateClient(ctx context.Context, settings ClientSettings) (client Client, secret string, err error) {
	const op = "add client"
	settings, err = settings.check(op)
	if err != nil {
		return client, "", err
	}
	id := strings.ToLower(rand.Text())
	err = g.inTx(ctx, op, func(s statements) error {
		uris, err := json.Marshal(settings.RedirectURIs)
		if err != nil {
			return s.failed(ctx, err)
		}
		_, err = s.exec(ctx, `INSERT INTO postern_auth_clients
			(id, name, redirect_uris, auth_method, pkce_optional, scope, active, created, updated)
			VALUES ($1, $2, $3, $4, $5, $6, $7, {now}, {now})`,
			id, settings.Name, string(uris), string(settings.AuthMethod), settings.PKCEOptional, string(settings.Scope), true)
		switch {
		case err != nil:
		case settings.AuthMethod == AuthMethodNone:
			client, err = s.client(ctx, id)
		default:
			client, secret, err = s.addSecret(ctx, id)
		}
		return err
	})
	if err != nil {
		return Client{}, "", err
	}
	return client, secret, nil
}

// Client returns the client with that id.
func (g *Registry) Client(ctx context.Context, id string) (Client, error) {
	return g.on("show client").client(ctx, id)
}

var clientID = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`^[a-z2-7]{26}$`)
})

// isClientID reports whether text has the form of a client's id. PostgreSQL does not accept
// every text as a value.
func isClientID(text string) bool { return clientID().MatchString(text) }

const clientColumns = `id, name, redirect_uris, auth_method, pkce_optional, scope, active, created, updated`

// client returns a client with its secrets.
func (s statements) client(ctx context.Context, id string) (Client, error) {
	var client Client
	if !isClientID(id) {
		return client, notFound(s.op, id, "client")
	}
	found := false
	err := s.rows(ctx, `SELECT `+clientColumns+` FROM postern_auth_clients WHERE id = $1`, []any{id}, func(rows *sql.Rows) error {
		found = true
		var err error
		client, err = scanClient(rows)
		return err
	})
	if err != nil {
		return client, err
	}
	if !found {
		return client, notFound(s.op, id, "client")
	}
	err = s.rows(ctx, `SELECT id, created FROM postern_auth_secrets WHERE client = $1 ORDER BY created, id`, []any{id}, func(rows *sql.Rows) error {
		var secret ClientSecret
		var created int64
		err := rows.Scan(&secret.ID, &created)
		secret.Created = database.Time(created)
		client.Secrets = append(client.Secrets, secret)
		return err
	})
	return client, err
}

func scanClient(rows *sql.Rows) (Client, error) {
	var c Client
	var uris string
	var created, updated int64
	if err := rows.Scan(&c.ID, &c.Name, &uris, &c.AuthMethod, &c.PKCEOptional, &c.Scope, &c.Active, &created, &updated); err != nil {
		return c, err
	}
	c.Created, c.Updated = database.Time(created), database.Time(updated)
	return c, json.Unmarshal([]byte(uris), &c.RedirectURIs)
}

// ClientFilter selects clients.
type ClientFilter struct {
	Text          string    // a part of the name or the id, in any case; "": all
	Active        *bool     // nil: both
	CreatedSince  time.Time // the zero time: any
	CreatedBefore time.Time // the zero time: any
	Page
}

// Clients lists clients, the newest first, without their secrets.
func (g *Registry) Clients(ctx context.Context, filter ClientFilter) (Part[Client], error) {
	const op = "list clients"
	created, id, limit, err := filter.from(op)
	if err != nil {
		return Part[Client]{}, err
	}
	before := int64(1<<63 - 1)
	if !filter.CreatedBefore.IsZero() {
		before = filter.CreatedBefore.UnixMilli()
	}
	active, inactive := true, true
	if filter.Active != nil {
		active, inactive = *filter.Active, !*filter.Active
	}
	var found []listed[Client]
	err = g.on(op).rows(ctx, `SELECT `+clientColumns+` FROM postern_auth_clients
		WHERE (created < $1 OR created = $1 AND id < $2) AND `+database.Contains(filter.Text, "$3", "name", "id")+`
		AND (active AND $4 OR NOT active AND $5) AND created >= $6 AND created < $7
		ORDER BY created DESC, id DESC LIMIT $8`,
		[]any{created, id, database.Containing(filter.Text), active, inactive, database.Millis(filter.CreatedSince), before, limit + 1},
		func(rows *sql.Rows) error {
			client, err := scanClient(rows)
			found = append(found, listed[Client]{client, client.Created.UnixMilli(), client.ID})
			return err
		})
	return partOf(found, limit), err
}

// UpdateClient replaces the settings of a client. Tokens that it has allow no more than its
// scope from then on. One that becomes confidential gets a secret, which is returned and
// cannot be shown again; one that becomes public loses its secrets. The error matches [etag.ErrChanged] if match
// does not hold.
func (g *Registry) UpdateClient(ctx context.Context, id string, settings ClientSettings, match etag.Match) (client Client, secret string, err error) {
	const op = "edit client"
	settings, err = settings.check(op)
	if err != nil {
		return client, "", err
	}
	uris, err := json.Marshal(settings.RedirectURIs)
	if err != nil {
		return client, "", err
	}
	err = g.inTx(ctx, op, func(s statements) error {
		if err := s.checkClient(ctx, id, match); err != nil {
			return err
		}
		_, err := s.exec(ctx, `UPDATE postern_auth_clients SET name = $2, redirect_uris = $3, auth_method = $4, pkce_optional = $5,
			scope = $6, updated = {now} WHERE id = $1`,
			id, settings.Name, string(uris), string(settings.AuthMethod), settings.PKCEOptional, string(settings.Scope))
		if err == nil && settings.AuthMethod == AuthMethodNone {
			_, err = s.exec(ctx, `DELETE FROM postern_auth_secrets WHERE client = $1`, id)
		}
		if err != nil {
			return err
		}
		if client, err = s.client(ctx, id); err != nil || settings.AuthMethod == AuthMethodNone || len(client.Secrets) > 0 {
			return err
		}
		client, secret, err = s.addSecret(ctx, id)
		return err
	})
	if err != nil {
		return Client{}, "", err
	}
	return client, secret, nil
}

// SetClientActive activates or deactivates a client. While it is not active, it gets no tokens
// and those that it has do not work; nothing is lost.
func (g *Registry) SetClientActive(ctx context.Context, id string, active bool) error {
	op := "deactivate client"
	if active {
		op = "activate client"
	}
	if !isClientID(id) {
		return notFound(op, id, "client")
	}
	n, err := g.on(op).exec(ctx, `UPDATE postern_auth_clients SET active = $2, updated = {now} WHERE id = $1`, id, active)
	if err == nil && n == 0 {
		err = notFound(op, id, "client")
	}
	return err
}

// DeleteClient removes a client with its sessions and tokens for good. The error matches [etag.ErrChanged] if
// match does not hold.
func (g *Registry) DeleteClient(ctx context.Context, id string, match etag.Match) error {
	return g.inTx(ctx, "delete client", func(s statements) error {
		if err := s.checkClient(ctx, id, match); err != nil {
			return err
		}
		_, err := s.exec(ctx, `DELETE FROM postern_auth_clients WHERE id = $1`, id)
		return err
	})
}

// checkClient locks a client, for which match has to hold.
func (s statements) checkClient(ctx context.Context, id string, match etag.Match) error {
	if _, err := s.lockClient(ctx, id); err != nil {
		return err
	}
	c, err := s.client(ctx, id)
	if err != nil {
		return err
	}
	return match.Check(s.op, c.Name, c.ETag())
}

// AddSecret gives a confidential client a second secret beside the one it has, so that it can
// be replaced while the client runs. The secret cannot be shown again.
func (g *Registry) AddSecret(ctx context.Context, id string) (client Client, secret string, err error) {
	const op = "add secret"
	err = g.inTx(ctx, op, func(s statements) error {
		if _, err := s.lockClient(ctx, id); err != nil {
			return err
		}
		if client, err = s.client(ctx, id); err != nil {
			return err
		}
		switch {
		case client.AuthMethod == AuthMethodNone:
			return conflict(op, id, "it is a public client, which has no secret", "")
		case len(client.Secrets) >= maxSecrets:
			return conflict(op, id, fmt.Sprintf("it has %d secrets", maxSecrets), "remove the older one first")
		}
		client, secret, err = s.addSecret(ctx, id)
		return err
	})
	if err != nil {
		return Client{}, "", err
	}
	return client, secret, nil
}

// addSecret gives a client a new secret, and returns the client as it is then.
func (s statements) addSecret(ctx context.Context, clientID string) (client Client, secret string, err error) {
	id, err := newID()
	if err != nil {
		return Client{}, "", s.failed(ctx, err)
	}
	secret = newSecret(clientSecretPrefix)
	_, err = s.exec(ctx, `INSERT INTO postern_auth_secrets (id, client, hash, created) VALUES ($1, $2, $3, {now})`, id, clientID, hashOf(secret))
	if err == nil {
		client, err = s.client(ctx, clientID)
	}
	return client, secret, err
}

// RemoveSecret removes a secret of a client, but not its last one: a client without a secret
// would be locked out.
func (g *Registry) RemoveSecret(ctx context.Context, client, secretID string) error {
	const op = "remove secret"
	return g.inTx(ctx, op, func(s statements) error {
		if _, err := s.lockClient(ctx, client); err != nil {
			return err
		}
		c, err := s.client(ctx, client)
		if err != nil {
			return err
		}
		switch {
		case !slices.ContainsFunc(c.Secrets, func(secret ClientSecret) bool { return secret.ID == secretID }):
			return notFound(op, secretID, "secret of the client")
		case len(c.Secrets) == 1:
			return conflict(op, client, "it is the client's only secret", "add another one first, or deactivate the client")
		}
		_, err = s.exec(ctx, `DELETE FROM postern_auth_secrets WHERE id = $1`, secretID)
		return err
	})
}

// lockClient makes other transactions that lock the client wait for the end of this one. It
// returns whether the client is active.
func (s statements) lockClient(ctx context.Context, id string) (active bool, err error) {
	if !isClientID(id) {
		return false, notFound(s.op, id, "client")
	}
	found, err := s.row(ctx, `SELECT active FROM postern_auth_clients WHERE id = $1 {lock client}`, []any{id}, &active)
	if err == nil && !found {
		err = notFound(s.op, id, "client")
	}
	return active, err
}

// secretHashes returns the hashes of a client's secrets.
func (s statements) secretHashes(ctx context.Context, client string) (hashes [][]byte, err error) {
	err = s.rows(ctx, `SELECT hash FROM postern_auth_secrets WHERE client = $1`, []any{client}, func(rows *sql.Rows) error {
		var hash []byte
		err := rows.Scan(&hash)
		hashes = append(hashes, hash)
		return err
	})
	return hashes, err
}
