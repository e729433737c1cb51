package connection

import (
	"context"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// Cookies returns what the [egress] table says of cookies, for runtime.Config.
func (s *Set) Cookies() hostapi.Cookies { return s.file.Cookies }

// cleanJar is the jar of a run as an exchange sees it. An answer's credentials do
// not get into it: as in the answer itself, a stand-in takes their place.
type cleanJar struct {
	hostapi.CookieJar
	request *taskRequest
	ctx      context.Context //nolint:containedctx // of the one request that it is made for
}

// SetCookie implements [hostapi.CookieJar].
func (j cleanJar) SetCookie(u *url.URL, values []string) {
	secrets := j.request.secrets()
	clean := make([]string, len(values))
	for i, value := range values {
		var err error
		if clean[i], err = redact.Text(j.ctx, value, secrets...); err != nil {
			return // the request ends here
		}
	}
	j.CookieJar.SetCookie(u, clean)
}
