package connection

import "slices"

// IsKey reports whether a connection in an oauth.toml may have a key of that name,
// with one grant or another.
func IsKey(name string) bool { return slices.Contains(connectionKeys().known, name) }
