package httpapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/postern-dev/postern/internal/httpapi"
)

var update = flag.Bool("update", false, "write docs/openapi.json") //nolint:gochecknoglobals // a flag

// docs/openapi.json is the document that the server has at /v1/openapi.json.
func TestDocument(t *testing.T) {
	t.Parallel()
	const file = "../../docs/openapi.json"
	text, err := httpapi.Document("v1", "")
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Indent(&want, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	want.WriteByte('\n')
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the operations are: run make api", file)
	}
}
