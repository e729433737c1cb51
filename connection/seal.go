package connection

import (
	"net/http"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// seals returns the connection of a stand-in; nil for any other text.
type seals func(standIn string) *entry

// standInLength is the length of every stand-in: the prefix and 22 characters.
const standInLength = len(hostapi.SealedPrefix) + 22

// replace returns text with every stand-in replaced by the result of with for its
// connection.
func (s seals) replace(text string, with func(*entry) string) string {
	i := strings.Index(text, hostapi.SealedPrefix)
	if i < 0 {
		return text
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(text[:i])
		text = text[i:]
		n := len(hostapi.SealedPrefix)
		var e *entry
		if len(text) >= standInLength {
			e = s(text[:standInLength])
		}
		if e != nil {
			n = standInLength
			b.WriteString(with(e))
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
		i = strings.Index(text, hostapi.SealedPrefix)
	}
	b.WriteString(text)
	return b.String()
}

// known reports whether text has a stand-in of a connection.
func (s seals) known(text string) bool {
	if !strings.Contains(text, hostapi.SealedPrefix) {
		return false
	}
	known := false
	s.replace(text, func(*entry) string { known = true; return "" })
	return known
}

// unknown reports whether text has a stand-in that belongs to no connection of this
// manager, such as one of another process. Text that merely begins like one is not.
func (s seals) unknown(text string) bool {
	for {
		i := strings.Index(text, hostapi.SealedPrefix)
		if i < 0 || len(text)-i < standInLength {
			return false
		}
		text = text[i:]
		if hostapi.IsSealed(text[:standInLength]) && s(text[:standInLength]) == nil {
			return true
		}
		text = text[len(hostapi.SealedPrefix):]
	}
}

// unknownHeader is unknown for all values of h.
func (s seals) unknownHeader(h http.Header) bool {
	for _, values := range h {
		for _, v := range values {
			if pair, ok := cutBasic(v); s.unknown(v) || ok && s.unknown(pair) {
				return true
			}
		}
	}
	return false
}
