package oauthtoml

import "strings"

// Paths say where in an answer its parts stand, see [Steps].
type Paths struct {
	AccessToken, RefreshToken, ExpiresIn string
	ExpiresUnit                          string

	Fields     []string // that tasks may see
	tokenTypes []string // of further types whose tokens are sent as bearer tokens are

	// usual is whether a part that is not at its path is looked for where RFC 6749
	// §5.1 has it. Some servers nest the tokens of a new grant, beside those of
	// others, and not those of a refresh.
	OrStandard bool
}

// The units of expires_in. RFC 6749 knows the first; the last is not how long but
// until when, as RFC 3339 or as the seconds or milliseconds since 1970.
const (
	UnitSeconds      = "s"
	UnitMilliseconds = "ms"
	UnitDate         = "date"
)

// IsPointer reports whether a path is a JSON Pointer, RFC 6901.
func IsPointer(path string) bool { return strings.HasPrefix(path, "/") }

// Steps returns what a path leads along: names, and numbers for the elements of
// lists. They have dots between, unless the path is a JSON Pointer.
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

// CheckPath says what is wrong with a path.
func CheckPath(path string) *Problem {
	escapes := strings.Count(path, "~0") + strings.Count(path, "~1")
	if IsPointer(path) && strings.Count(path, "~") != escapes {
		return &Problem{"is not a JSON Pointer", "write ~ as ~0 and / within a name as ~1"}
	}
	return nil
}

// PathsFor returns where the answer to a request of that grant has its parts.
func (c *Connection) PathsFor(grantType string) Paths {
	if grantType == GrantRefresh {
		return c.refreshResponse
	}
	return c.Response
}
