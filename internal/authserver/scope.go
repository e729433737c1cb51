package authserver

import (
	"net/http"
	"strings"
)

// Scope is what a token allows, RFC 6749 §3.3.
type Scope string

// The scopes.
const (
	ScopeAll  Scope = "all"  // everything that its user may do
	ScopeRead Scope = "read" // only GET, HEAD and OPTIONS
)

// Scopes returns all scopes.
func Scopes() []Scope { return []Scope{ScopeAll, ScopeRead} }

// parseScope reads a list of scopes, separated by spaces. The widest counts. It returns ""
// for none, and false for one that does not exist.
func parseScope(text string) (Scope, bool) {
	var widest Scope
	for _, name := range strings.Split(text, " ") {
		switch scope := Scope(name); scope {
		case "":
		case ScopeAll, ScopeRead:
			if widest != ScopeAll {
				widest = scope
			}
		default:
			return "", false
		}
	}
	return widest, true
}

// covers reports whether all that other allows is allowed by s.
func (s Scope) covers(other Scope) bool { return s == ScopeAll || other == ScopeRead }

// within returns the narrower of two scopes.
func (s Scope) within(other Scope) Scope {
	if s.covers(other) {
		return other
	}
	return s
}

// allows reports whether a request with that method may be made, RFC 9110 §9.2.1.
func (s Scope) allows(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return s == ScopeAll
}
