package connection

import (
	"net/url"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// Cookies returns the cookie settings of the [egress] table, for runtime.Config.
func (s *Set) Cookies() hostapi.Cookies { return s.file.Cookies }

// cleanJar is the cookie jar of a run as one request sees it. Credentials in Set-Cookie
// are replaced by their stand-ins, as in the rest of the response, and put back into the
// request that returns the cookie. So a cookie that has a stand-in already is left out: a
// script may have had the server set it.
type cleanJar struct {
	hostapi.CookieJar
	request *taskRequest
}

// SetCookie implements [hostapi.CookieJar].
func (j cleanJar) SetCookie(u *url.URL, values []string) {
	secrets := append([]*redact.Set{j.request.asSent()}, j.request.secrets()...)
	clean := make([]string, 0, len(values))
	for _, value := range values {
		if strings.Contains(value, hostapi.SealedPrefix) {
			continue
		}
		text, err := redact.Text(j.request, value, secrets...)
		if err != nil {
			return // the request ends here
		}
		clean = append(clean, text)
	}
	j.CookieJar.SetCookie(u, clean)
}
