package connection

import (
	"slices"

	"github.com/postern-dev/postern/internal/nearest"
)

// grantType is how a connection comes by its credential.
type grantType struct {
	name string   // as it is written in a file
	keys []string // that it has beside those of every connection
	read func(c *connection, t *table, opts options, plaintext bool)

	// requestParams are the names of the parameters of a token request, beside those
	// that every grant has.
	requestParams []string

	person bool   // a user has to authorize the connection, interactively
	fixed  bool   // the credential is in the file: there is no token endpoint
	pair   bool   // the credential is a user name and password, not a token
	check  string // what to check when the server says invalid_grant
}

// grantTypes returns every grant. A further one is one more entry.
func grantTypes() []*grantType {
	const connect = "authorize the connection again: postern connect NAME"
	return []*grantType{
		{ // RFC 6749 §4.4
			name: "client_credentials", keys: oauthKeys(), read: (*connection).readOAuth,
		},
		{ // RFC 6749 §4.1
			name: "authorization_code", keys: append(oauthKeys(), "pkce", "authorize_params", "redirect_uri"),
			read: (*connection).readAuthorizationCode, person: true, check: connect, requestParams: []string{"code", "redirect_uri", "code_verifier"},
		},
		{ // RFC 8628
			name: "device_code", keys: append(oauthKeys(), "authorize_params"), read: (*connection).readDeviceCode, person: true, check: connect,
			requestParams: []string{"device_code"},
		},
		{ // RFC 7523 §2.1
			name: "jwt_bearer", keys: append(oauthKeys(), "claims"), read: (*connection).readJWTBearer,
			check: "check claims, signing_key and signing_key_id", requestParams: []string{"assertion"},
		},
		{ // RFC 8693
			name: "token_exchange", keys: append(oauthKeys(), "subject_token", "subject_token_type", "requested_token_type"),
			read: (*connection).readTokenExchange, check: "check subject_token: it may have expired",
			requestParams: []string{"subject_token", "subject_token_type", "requested_token_type"},
		},
		{ // RFC 6749 §4.3
			name: "password", keys: append(oauthKeys(), "username", "password", "legacy"), read: (*connection).readPasswordGrant,
			check: "check username and password", requestParams: []string{"username", "password"},
		},
		{ // a token that somebody made by hand
			name: "static", keys: []string{"token", "sealed"}, read: (*connection).readStatic, fixed: true,
		},
		{ // RFC 7617
			name: "basic", keys: []string{"username", "password"}, read: (*connection).readUser, fixed: true, pair: true,
		},
	}
}

// readGrant returns the grant that t asks for, some grant if that is none.
func readGrant(t *table) *grantType {
	names := t.doc.names
	t.need("grant", "use "+nearest.List(names))
	return t.doc.grants[max(0, slices.Index(names, t.one("grant", names...)))]
}

// The grants whose refusals have words of their own.
const (
	grantRefresh = "refresh_token"
	grantCode    = "authorization_code"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
)
