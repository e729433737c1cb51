package connection

import (
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

// binding is what stored tokens belong to: the server that issued them and the
// client that it issued them to, or the credential whose state was stored. A file
// may name others later, or another file that shares the store may: what is stored
// must not be sent there.
type binding struct {
	Issuer          string `json:"issuer,omitempty"`
	TokenEndpoint   string `json:"token_endpoint,omitempty"`
	RefreshEndpoint string `json:"refresh_endpoint,omitempty"`
	ClientID        string `json:"client_id,omitempty"`
	Credential      string `json:"credential,omitempty"` // fingerprint of a fixed one
}

// bindingOf returns what tokens belong to that are issued now.
func bindingOf(c *oauthtoml.Connection) binding {
	if c.Grant.Static {
		return binding{Credential: fingerprint(c)}
	}
	b := binding{Issuer: c.Issuer, ClientID: c.ClientID}
	for key, to := range map[string]*string{"token_endpoint": &b.TokenEndpoint, "refresh_endpoint": &b.RefreshEndpoint} {
		if u := c.Endpoints[key]; u != nil {
			*to = u.String()
		}
	}
	return b
}

// changes names the keys in which b differs from what tokens were stored under; ""
// if in none. Tokens of an older version belong to nothing in particular.
func (b binding) changes(stored binding) string {
	if stored == (binding{}) || stored == b {
		return ""
	}
	var keys []string
	for _, k := range []struct{ name, now, then string }{
		{"issuer", b.Issuer, stored.Issuer},
		{"token_endpoint", b.TokenEndpoint, stored.TokenEndpoint},
		{"refresh_endpoint", b.RefreshEndpoint, stored.RefreshEndpoint},
		{"client_id", b.ClientID, stored.ClientID},
		{"credential", b.Credential, stored.Credential},
	} {
		if k.now != k.then {
			keys = append(keys, k.name)
		}
	}
	return strings.Join(keys, ", ")
}

// without removes from what is held everything that belongs to another server or
// client, whose keys are named.
func (h *tokenSet) without(changes string) *tokenSet {
	return &tokenSet{generation: h.generation, lease: h.lease, changed: changes}
}

// foreign is the failure of a connection whose tokens belong to another server or
// client.
func (e *entry) foreign(h *tokenSet) *oauthclient.Error {
	return &oauthclient.Error{NeedsReauth: true, Err: hostapi.Error{
		Code: hostapi.CodeNeedsReauth, Name: e.name(),
		Message: "its stored tokens were issued under other settings, and are not sent anywhere else: changed since: " + h.changed,
		Hint:    "run: postern connect " + e.name() + "; or restore the old settings",
	}}
}
