package connection_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// assertNoSecret fails if anything that can be read off v has a secret in it,
// in any of the forms that secrets take.
func assertNoSecret(t *testing.T, v any, secrets ...string) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "%v\n%+v\n%#v\n%s\n%q\n", v, v, v, v, v)
	if encoded, err := json.Marshal(v); err == nil {
		text.Write(encoded)
	}
	if err, ok := v.(error); ok {
		for err != nil {
			fmt.Fprintf(&text, "%v\n%+v\n%#v\n", err, err, err)
			if e, ok := errors.AsType[*hostapi.Error](err); ok {
				fmt.Fprintf(&text, "%s\n%s\n%s\n%s\n", e.Op, e.Name, e.Message, e.Hint)
			}
			err = errors.Unwrap(err)
		}
	}
	for _, s := range secrets {
		for _, form := range forms(s) {
			if strings.Contains(text.String(), form) {
				t.Errorf("the secret %q is in\n%s", form, text.String())
				return
			}
		}
	}
}

// forms returns s as it may be written.
func forms(s string) []string {
	encoded, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return []string{
		s, url.QueryEscape(s), url.PathEscape(s), string(encoded[1 : len(encoded)-1]),
		base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
	}
}
