package connection_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// assertNoSecret fails if any way of printing v shows a secret, in any encoding.
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
	var known redact.Set
	for _, s := range secrets {
		known.Hide(s)
	}
	if known.Found(text.String()) {
		t.Errorf("a secret is in\n%s", text.String())
	}
}
