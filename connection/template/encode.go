package template

import (
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// keyText encodes one part of a key in TOML.
func keyText(key string) string { return toml.Key{key}.String() }

// valueText encodes a value in TOML, in one line.
func valueText(value any) string {
	switch v := value.(type) {
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, keyText(key)+" = "+valueText(v[key]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = valueText(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	text, err := toml.Marshal(map[string]any{"v": value})
	if err != nil {
		return `""` // it was decoded from TOML
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(text), "v = "), "\n")
}
