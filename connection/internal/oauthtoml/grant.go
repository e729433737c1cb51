package oauthtoml

import (
	"slices"

	"github.com/postern-dev/postern/internal/nearest"
)

// GrantType is how a connection comes by its credential.
type GrantType struct {
	Name string   // as it is written in a file
	keys []string // that it has beside those of every connection
	read func(c *Connection, t *table, opts Options, plaintext bool)

	// requestParams are the names of the parameters of a token request, beside those
	// that every grant has.
	requestParams []string

	Interactive bool   // a user has to authorize the connection, interactively
	Static  bool   // the credential is in the file: there is no token endpoint
	Basic   bool   // the credential is a user name and password, not a token
	Check  string // what to check when the server says invalid_grant
}

// grantTypes returns every grant. A further one is one more entry.
func grantTypes() []*GrantType {
	const connect = "authorize the connection again: postern connect NAME"
	return []*GrantType{
		{ // RFC 6749 §4.4
			Name: "client_credentials", keys: oauthKeys(), read: (*Connection).readOAuth,
		},
		{ // RFC 6749 §4.1
			Name: "authorization_code", keys: append(oauthKeys(), "pkce", "authorize_params", "redirect_uri"),
			read: (*Connection).readAuthorizationCode, Interactive: true, Check: connect, requestParams: []string{"code", "redirect_uri", "code_verifier"},
		},
		{ // RFC 8628
			Name: "device_code", keys: append(oauthKeys(), "authorize_params"), read: (*Connection).readDeviceCode, Interactive: true, Check: connect,
			requestParams: []string{"device_code"},
		},
		{ // RFC 7523 §2.1
			Name: "jwt_bearer", keys: append(oauthKeys(), "claims"), read: (*Connection).readJWTBearer,
			Check: "check claims, signing_key and signing_key_id", requestParams: []string{"assertion"},
		},
		{ // RFC 8693
			Name: "token_exchange", keys: append(oauthKeys(), "subject_token", "subject_token_type", "requested_token_type"),
			read: (*Connection).readTokenExchange, Check: "check subject_token: it may have expired",
			requestParams: []string{"subject_token", "subject_token_type", "requested_token_type"},
		},
		{ // RFC 6749 §4.3
			Name: "password", keys: append(oauthKeys(), "username", "password", "legacy"), read: (*Connection).readPasswordGrant,
			Check: "check username and password", requestParams: []string{"username", "password"},
		},
		{ // a token that somebody made by hand
			Name: "static", keys: []string{"token", "sealed"}, read: (*Connection).readStatic, Static: true,
		},
		{ // RFC 7617
			Name: "basic", keys: []string{"username", "password"}, read: (*Connection).readUser, Static: true, Basic: true,
		},
	}
}

// readGrant returns the grant that t asks for, some grant if that is none.
func readGrant(t *table) *GrantType {
	names := t.doc.names
	t.need("grant", "use "+nearest.List(names))
	return t.doc.grants[max(0, slices.Index(names, t.one("grant", names...)))]
}

// The grants whose refusals have words of their own.
const (
	GrantRefresh = "refresh_token"
	GrantCode    = "authorization_code"
	GrantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
)
