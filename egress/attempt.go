package egress

import (
	"net/http"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

// begin records that req is about to be sent.
func (x *exchange) begin(req *http.Request) {
	x.attempt = &hostapi.Attempt{
		Method: req.Method, Origin: hostapi.OriginOf(req.URL), RequestBytes: max(req.ContentLength, 0), Start: time.Now(),
	}
	if x.started {
		x.attempt.Resend = hostapi.ResendRedirect
	}
}

// ended reports the request that was sent last, and returns err. The response is nil if
// there is none.
func (x *exchange) ended(resp *http.Response, err error) error {
	a := x.attempt
	if a == nil {
		return err
	}
	x.attempt = nil
	a.Duration = time.Since(a.Start)
	if resp != nil {
		a.Status, a.Protocol = resp.StatusCode, resp.Proto
	}
	if err != nil {
		if a.Code = hostapi.CodeOf(explain(x.current, err)); a.Code == hostapi.CodeDenied {
			return err // its address was denied: it was not sent
		}
	}
	if broken := x.opts.tell(*a); broken != nil {
		return broken
	}
	return err
}

func (o *Options) tell(a hostapi.Attempt) (err error) {
	defer callback.Recover("request", "the Attempt of the egress.Options", &err)
	o.Attempt(a)
	return nil
}
