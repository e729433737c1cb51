package httpapi

import "github.com/postern-dev/postern/internal/etag"

// IfMatch is the condition of a change.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"the ETag that GET returned, or *: if what is stored has another one meanwhile, nothing is changed, and the status is 412"`
}

func (c IfMatch) match() etag.Match { return etag.Match{Tags: c.IfMatch} }

// IfNew is the condition of a change of what may be new.
type IfNew struct {
	IfMatch

	IfNoneMatch string `header:"If-None-Match" enum:"*" doc:"*: only if the name is not in use; otherwise the status is 412"`
}

func (c IfNew) match() etag.Match {
	return etag.Match{Tags: c.IfMatch.IfMatch, New: c.IfNoneMatch != ""}
}
