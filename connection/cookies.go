package connection

import (
	"context"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// Cookies returns the cookie settings of the [egress] table, for runtime.Config.
func (s *Set) Cookies() hostapi.Cookies { return s.file.Cookies }

// cleanJar is the cookie jar of a run as one request sees it. Credentials in Set-Cookie
// are replaced by their stand-ins, as in the rest of the response.
type cleanJar struct {
	hostapi.CookieJar
	request *taskRequest
	ctx     context.Context //nolint:containedctx // of the request that it is made for
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
