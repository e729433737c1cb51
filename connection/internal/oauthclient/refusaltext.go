package oauthclient

import (
	"slices"
	"strings"
)

// saysRefreshTokenEnded reports whether the text of a response says that the refresh token is
// no longer valid. Some servers have no code for that: LinkedIn answers invalid_request,
// and servers with numbers of their own answer with status 200. The text is for people, so
// what it says is only likely.
func (a object) saysRefreshTokenEnded() bool {
	for _, name := range []string{"error_description", "error_message", "message", "errmsg", "msg"} {
		if textSaysRefreshTokenEnded(text(a[name])) {
			return true
		}
	}
	return false
}

func textSaysRefreshTokenEnded(text string) bool {
	all := words(text)
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(w string) bool { return slices.Contains(all, w) })
	}
	return strings.Contains(strings.Join(all, " "), "refresh token") && has("invalid", "expired", "revoked", "incorrect") && !has("missing", "required")
}
