package connection

import (
	"net/http"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/hostapi"
)

// prove adds a DPoP proof to a request that carries a token in its Authorization
// header, RFC 9449 §7.1. A script may have written the token as a bearer token, since
// it does not know that the token is bound to a key.
func (x *taskRequest) prove(r *http.Request, s sent) error {
	if s.proofKey == nil {
		return nil
	}
	token := s.AccessToken()
	scheme, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if credential != token || !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "DPoP") {
		return nil
	}
	text, err := oauthclient.Proof(s.proofKey, r.Method, r.URL, s.entry.client.Nonces.Get(r.URL), token)
	if err != nil {
		return withOp(s.entry.internal("the request cannot be signed", err), x.op)
	}
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", text)
	return nil
}

// wantsNonce reports whether an API refused a request because it lacks the nonce that
// the response provides, RFC 9449 §9. Any response may provide a nonce for later
// requests.
func (x *taskRequest) wantsNonce(response *hostapi.Response) bool {
	proved := false
	for _, s := range x.sent {
		if s.proofKey != nil && !x.leftOrigin {
			s.entry.client.Nonces.Note(x.start, response.Header)
			proved = true
		}
	}
	return proved && response.Status == http.StatusUnauthorized && slices.ContainsFunc(
		response.Header.Values("WWW-Authenticate"), func(v string) bool { return strings.Contains(v, "use_dpop_nonce") })
}
