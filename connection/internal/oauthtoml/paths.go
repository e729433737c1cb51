package oauthtoml

import "strings"

// Paths are the paths of the parts of a token response, see [Steps].
type Paths struct {
	AccessToken, RefreshToken, ExpiresIn string
	ExpiresUnit                          string

	Fields     []string // for tasks
	tokenTypes []string // further types whose tokens are sent as bearer tokens

	// OrStandard also looks for a part at its place in RFC 6749 §5.1 if it is not at its
	// path. Some servers nest the tokens of a new grant, beside those of others, but not
	// those of a refresh.
	OrStandard bool
}

// The units of expires_in. RFC 6749 has the first; the last is not a duration but a
// time, as RFC 3339 or as seconds or milliseconds since 1970.
const (
	UnitSeconds      = "s"
	UnitMilliseconds = "ms"
	UnitDate         = "date"
)

// IsPointer reports whether a path is a JSON Pointer, RFC 6901.
func IsPointer(path string) bool { return strings.HasPrefix(path, "/") }

// Steps splits a path into names, and numbers for elements of lists. They are separated
// by dots, or the path is a JSON Pointer, RFC 6901.
func Steps(path string) []string {
	if !IsPointer(path) {
		return strings.Split(path, ".")
	}
	names := strings.Split(path[1:], "/")
	for i, name := range names {
		names[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	}
	return names
}

// CheckPath returns what is wrong with a path.
func CheckPath(path string) *Problem {
	if !IsPointer(path) {
		return nil
	}
	if escapes := strings.Count(path, "~0") + strings.Count(path, "~1"); strings.Count(path, "~") != escapes {
		return &Problem{"is not a JSON Pointer", "write ~ as ~0 and / within a name as ~1"}
	}
	return nil
}

// PathsFor returns the paths in the response to a request of that grant.
func (c *Connection) PathsFor(grantType string) Paths {
	if grantType == GrantRefresh {
		return c.refreshResponse
	}
	return c.Response
}
