package hostapi

import (
	"net/http"
	"net/textproto"
)

// Spelling maps canonical field names to the case in which a request sends them. Names
// are case-insensitive, RFC 9110 §5.1, but some servers accept only one spelling, such
// as SOAPAction.
type Spelling map[string]string

// Spelling returns the header names of r that are not in canonical form. If a name
// occurs several times, the first one counts.
func (r *Request) Spelling() Spelling {
	var s Spelling
	for i := range r.Header {
		name := r.Header[i].Name
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		if s == nil {
			if name == canonical {
				continue
			}
			s = make(Spelling)
			for _, before := range r.Header[:i] { // all of them are canonical
				s[before.Name] = before.Name
			}
		}
		if _, ok := s[canonical]; !ok {
			s[canonical] = name
		}
	}
	return s
}

// Apply renames the fields of a canonical header that is about to be sent. HTTP/1 sends
// names as they are, HTTP/2 always in lower case.
func (s Spelling) Apply(h http.Header) {
	for canonical, name := range s {
		values, ok := h[canonical]
		// net/http requests compression only if there is no Range.
		if !ok || name == canonical || canonical == "Range" {
			continue
		}
		h[name] = values
		h[canonical] = nil // nothing is sent for it, and net/http does not add its default
	}
}
