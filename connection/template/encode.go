package template

import (
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// keyText returns one part of a key as TOML has it.
func keyText(key string) string { return toml.Key{key}.String() }

// valueText returns a value as TOML has it, in one line.
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
		return `""` // it was TOML when it was read
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(text), "v = "), "\n")
}
