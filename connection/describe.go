package connection

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
)

// Description is the public part of a connection's settings. It holds no secret.
type Description struct {
	Name                    string            `json:"name"`
	Grant                   string            `json:"grant"`
	Endpoints               map[string]string `json:"endpoints,omitempty"` // by key, without their query
	ClientID                string            `json:"client_id,omitempty"`
	TokenEndpointAuthMethod string            `json:"token_endpoint_auth_method,omitempty"`
	Scopes                  []string          `json:"scopes,omitempty"`
	Header                  string            `json:"header"`
	Scheme                  string            `json:"scheme"`
	Hosts                   []string          `json:"hosts"`
	Sealed                  bool              `json:"sealed"`
	SealedIn                []string          `json:"sealed_in,omitempty"` // places other than Header where a stand-in is replaced
	Timeout                 string            `json:"timeout,omitempty"`   // of one token request, such as "30s"
	Expires                 time.Time         `json:"expires,omitzero"`    // of the credential in the file, as expires says; zero: not set
	Warnings                []string          `json:"warnings,omitempty"`
}

// Describe returns the settings of the named connection, or of one of its accounts,
// name#account.
func (s *Set) Describe(name string) (Description, error) {
	c := s.named(name)
	if c == nil {
		return Description{}, unknown("connection", name, s.Names())
	}
	d := Description{
		Name: name, Grant: c.Grant.Name, ClientID: c.ClientID, TokenEndpointAuthMethod: c.AuthMethod,
		Scopes: slices.Clone(c.Scopes), Header: c.Header, Scheme: c.Scheme, Sealed: c.Sealed, Expires: c.Expires,
		SealedIn: slices.Clone(c.SealedIn), Warnings: slices.Clone(c.Warnings), Hosts: make([]string, 0, len(c.Hosts)),
	}
	if c.Timeout > 0 {
		d.Timeout = c.Timeout.String()
	}
	for key, u := range c.Endpoints {
		if d.Endpoints == nil {
			d.Endpoints = make(map[string]string)
		}
		// A query can hold an API key.
		d.Endpoints[key] = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
	}
	for _, rule := range c.Hosts {
		d.Hosts = append(d.Hosts, rule.String())
	}
	return d, nil
}

// unknown is the error for a name that is not among known.
func unknown(op, name string, known []string) *hostapi.Error {
	e := &hostapi.Error{
		Code: hostapi.CodeUnknownConnection, Op: op, Name: oauthtoml.Shorten(name), Message: "there is no such connection",
	}
	if near := nearest.Names(name, known); len(near) > 0 {
		for i, n := range near {
			near[i] = fmt.Sprintf("%q", n)
		}
		e.Hint = "did you mean " + nearest.List(near) + "?"
	}
	return e
}
