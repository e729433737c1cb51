package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/report"
)

// What a script prints does not control a terminal in JSON either, and is the same text.
func TestMarshalIsSafeOnTerminals(t *testing.T) {
	t.Parallel()
	const text = "a\x1b[2J\x7f\u009b2J\u202eb\u2028<&>é𝄞"
	encoded, err := report.Marshal(map[string]string{text: text}, "  ")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(string(encoded), "\x1b\x7f\u009b\u202e\u2028") || !strings.Contains(string(encoded), "<&>é𝄞") {
		t.Errorf("%q", encoded)
	}
	var got map[string]string
	if err := json.Unmarshal(encoded, &got); err != nil || got[text] != text {
		t.Errorf("%q, %v", got, err)
	}
}
