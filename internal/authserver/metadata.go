package authserver

import (
	"net/http"
)

// Endpoints are the URLs that a client needs.
type Endpoints struct {
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
	Introspection string `json:"introspection_endpoint"`
}

// EndpointsOf returns the endpoints of the server with that issuer, or an error that says
// what is wrong with it.
func EndpointsOf(issuer string) (Endpoints, error) {
	u, problem := parseIssuer(issuer)
	if problem != "" {
		return Endpoints{}, invalid("authorization server", "issuer", problem, "write the URL under which the server is reached: https://postern.example.com")
	}
	base := u.String()
	return Endpoints{base + authorizePath, base + tokenPath, base + revokePath, base + introspectPath}, nil
}

// metadata describes the server to clients, RFC 8414 §2.
type metadata struct {
	Issuer string `json:"issuer"`
	Endpoints
	ResponseTypes     []string     `json:"response_types_supported"`
	ResponseModes     []string     `json:"response_modes_supported"`
	GrantTypes        []string     `json:"grant_types_supported"`
	Scopes            []Scope      `json:"scopes_supported"`
	ChallengeMethods  []string     `json:"code_challenge_methods_supported"`
	TokenAuth         []AuthMethod `json:"token_endpoint_auth_methods_supported"`
	RevocationAuth    []AuthMethod `json:"revocation_endpoint_auth_methods_supported"`
	IntrospectionAuth []AuthMethod `json:"introspection_endpoint_auth_methods_supported"`
	HasIssuer         bool         `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
}

// serveMetadata responds with the metadata. Pages of other origins may read it.
func (s *Server) serveMetadata(w http.ResponseWriter, r *http.Request) {
	endpoints, err := EndpointsOf(s.cfg.Issuer)
	if err != nil {
		writeError(w, s.asOAuthError(r, err))
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "max-age=300")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	writeJSON(w, http.StatusOK, metadata{
		Issuer: s.cfg.Issuer, Endpoints: endpoints,
		ResponseTypes: []string{"code"}, ResponseModes: []string{"query"}, GrantTypes: []string{"authorization_code", "refresh_token"},
		Scopes: Scopes(), ChallengeMethods: []string{"S256"},
		TokenAuth: AuthMethods(), RevocationAuth: AuthMethods(), IntrospectionAuth: AuthMethods(), HasIssuer: true,
	})
}
