package connection

import (
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

// binding identifies what stored tokens belong to: the server and the client that they
// were issued by and to, or the static credential whose state is stored. The file may
// change later, and files that share a store may differ: stored tokens must not be sent
// to another server.
type binding struct {
	Issuer          string `json:"issuer,omitempty"`
	TokenEndpoint   string `json:"token_endpoint,omitempty"`
	RefreshEndpoint string `json:"refresh_endpoint,omitempty"`
	ClientID        string `json:"client_id,omitempty"`
	Credential      string `json:"credential,omitempty"` // fingerprint of a static one
}

// bindingOf returns the binding of tokens that are issued now.
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

// changes returns the keys in which b differs from the binding that tokens were stored
// with; "" if there are none. Tokens of an older version have no binding.
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

// without returns the token set without what belongs to another server or client.
// changes names the keys that differ.
func (h *tokenSet) without(changes string) *tokenSet {
	return &tokenSet{generation: h.generation, lease: h.lease, changed: changes, old: h.replaced()}
}

// foreign is the error of a connection whose tokens belong to another server or client.
func (e *entry) foreign(h *tokenSet) *oauthclient.Error {
	return &oauthclient.Error{NeedsReauth: true, Err: hostapi.Error{
		Code: hostapi.CodeNeedsReauth, Name: e.name(),
		Message: "its stored tokens were issued under other settings, and are not sent anywhere else: changed since: " + h.changed,
		Hint:    "run: postern connect " + e.name() + "; or restore the old settings",
	}}
}
