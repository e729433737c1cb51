package connection

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/internal/secret"
)

func TestSecretPrintsNothing(t *testing.T) {
	t.Parallel()
	const content = "hunter2canary"
	s := secret.New(content)
	in := struct {
		S      secret.Text
		hidden secret.Text // where formatting cannot call methods
		token  Token
	}{s, s, Token{accessToken: s}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "in", in)
	encoded, err := json.Marshal(map[string]any{"s": s, "in": in})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{log.String(), string(encoded), s.String(), s.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		texts = append(texts, fmt.Sprintf(verb, s), fmt.Sprintf(verb, in), fmt.Sprintf(verb, &in))
	}
	for _, text := range texts {
		if strings.Contains(text, content) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", content)) {
			t.Errorf("the secret is in %q", text)
		}
	}
	if s.String() != "[secret]" {
		t.Errorf("String = %q", s.String())
	}
}
