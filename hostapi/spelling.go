package hostapi

import (
	"net/http"
	"net/textproto"
)

// Spelling maps the canonical forms of field names to the letters that a request
// is sent with. Names are compared without regard to case, RFC 9110 §5.1, yet some
// servers take only the ones they know, SOAPAction above all.
type Spelling map[string]string

// Spelling returns how r spells the names of its header fields, as far as that is
// not the canonical form. Of a name that occurs several times the first counts.
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
			for _, before := range r.Header[:i] { // canonical, all of them
				s[before.Name] = before.Name
			}
		}
		if _, ok := s[canonical]; !ok {
			s[canonical] = name
		}
	}
	return s
}

// Apply renames the fields of a header in canonical form, which is about to be
// written: HTTP/1 sends the letters as they are, HTTP/2 none but lower case.
func (s Spelling) Apply(h http.Header) {
	for canonical, name := range s {
		values, ok := h[canonical]
		// net/http looks for Range to find out whether it may ask for compression.
		if !ok || name == canonical || canonical == "Range" {
			continue
		}
		h[name] = values
		h[canonical] = nil // it writes nothing, and net/http does not add a field of its own
	}
}
