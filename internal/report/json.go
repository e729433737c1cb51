package report

import (
	"encoding/json"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// Marshal is [json.Marshal] that leaves <, > and & as they are.
func Marshal(v any, indent string) ([]byte, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: "write JSON", Cause: err}
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}
