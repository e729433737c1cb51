package oauthtoml

import (
	"slices"

	"github.com/postern-dev/postern/internal/nearest"
)

// GrantType is a way to obtain a credential: a grant of RFC 6749 §1.3 or an extension,
// or a credential that is configured in the file.
type GrantType struct {
	Name string   // value of the key grant
	keys []string // in addition to those of every connection
	read func(c *Connection, t *table, opts Options, plaintext bool)

	// requestParams are the parameters of its token request, in addition to those of every
	// grant.
	requestParams []string

	Interactive bool   // a user has to authorize the connection
	Static      bool   // the credential is in the file: there is no token endpoint
	Basic       bool   // the credential is a user name and password, not a token
	Check       string // hint for invalid_grant
}

// grantTypes returns all grants. To add one, add an entry.
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
		{ // a token that a user created by hand
			Name: "static", keys: []string{"token", "sealed", "sealed_in"}, read: (*Connection).readStatic, Static: true,
		},
		{ // RFC 7617
			Name: "basic", keys: []string{"username", "password"}, read: (*Connection).readUser, Static: true, Basic: true,
		},
	}
}

// readGrant returns the grant of t; any of them if that is a mistake.
func readGrant(t *table) *GrantType {
	names := t.doc.names
	if !t.has("grant") {
		t.need("grant", "use "+nearest.List(names))
	}
	return t.doc.grants[max(0, slices.Index(names, t.one("grant", names...)))]
}

// The grants whose error codes need their own interpretation.
const (
	GrantRefresh = "refresh_token"
	GrantCode    = "authorization_code"
	GrantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
)
