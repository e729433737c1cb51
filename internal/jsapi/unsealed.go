package jsapi

import "github.com/postern-dev/postern/hostapi"

// unsealed refuses a text with a sealed token in it for an operation that signs or verifies: the
// host puts the token in its place only in the request, and the signature would be of another
// text.
func unsealed(op, name, text string) error {
	if !hostapi.HasSealed(text) {
		return nil
	}
	return invalid(op, name+" has a sealed token, which only a request can use",
		"send the token as the credential of a request, or set sealed = false for the connection if the script has to sign with it")
}

// unsealedContent is content without sealed tokens.
func (a *API) unsealedContent(c call, i int, name string) ([]byte, error) {
	content, err := a.content(c, i, name)
	if err != nil {
		return nil, err
	}
	return content, unsealed(c.op, name, string(content))
}
