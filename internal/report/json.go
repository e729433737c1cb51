package report

import (
	"encoding/json"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

// Marshal is [json.Marshal] that leaves <, > and & as they are, and escapes what could control
// a terminal, such as the C1 controls and the overrides of the direction of writing.
func Marshal(v any, indent string) ([]byte, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: "write JSON", Cause: err}
	}
	return []byte(terminal.EscapeBut(strings.TrimSuffix(b.String(), "\n"), "\n\u200c\u200d")), nil
}
