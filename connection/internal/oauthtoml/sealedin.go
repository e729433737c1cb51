package oauthtoml

import (
	"net/textproto"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// The places of a request where a script may put a stand-in, see [Connection.Takes]. Those
// that end with a colon are followed by a name.
const (
	InHeader = "header:"
	InQuery  = "query:"
	InForm   = "form:"
	InBasic  = "basic" // as the user name or the password, RFC 7617
	InBody   = "body"  // anywhere in it
)

// readSealedIn reads the places, other than the header of the connection, where a stand-in
// is replaced.
func (c *Connection) readSealedIn(t *table) {
	const key = "sealed_in"
	if t.has(key) && !c.Sealed {
		t.fail(key, Problem{"has no effect without sealed = true", "remove one of the two"})
	}
	for _, text := range t.list(key) {
		place, p := checkPlace(text)
		if p != nil {
			t.fail(key, *p)
			return
		}
		c.SealedIn = append(c.SealedIn, place)
	}
}

// checkPlace returns an entry of sealed_in with the name of a header in its canonical form.
func checkPlace(text string) (place string, p *Problem) {
	for _, in := range []string{InHeader, InQuery, InForm} {
		name, ok := strings.CutPrefix(text, in)
		switch {
		case !ok:
			continue
		case name == "":
			return "", &Problem{"has an entry without a name", "write it as " + in + "NAME"}
		case in != InHeader:
			return text, nil
		case hostapi.CheckHeader(name, "") != nil:
			return "", &Problem{"has a header that may not be set", "such as header:X-Api-Key"}
		}
		return in + textproto.CanonicalMIMEHeaderKey(name), nil
	}
	if text == InBasic || text == InBody {
		return text, nil
	}
	return "", &Problem{"has an entry that is not a place in a request", "write header:NAME, query:NAME, form:NAME, basic or body"}
}

// Takes reports whether a script may put a stand-in of the connection at that place of a
// request: in the header of the connection, or where sealed_in says so.
func (c *Connection) Takes(place string) bool {
	name, ok := strings.CutPrefix(place, InHeader)
	return ok && textproto.CanonicalMIMEHeaderKey(c.Header) == name || slices.Contains(c.SealedIn, place)
}
