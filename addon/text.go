package addon

import (
	"maps"
	"slices"
	"strings"
)

// Text is text in several languages.
type Text struct {
	Default  string            // used for a locale that is not in ByLocale
	ByLocale map[string]string // by language tag in lower case: "ja", "pt-br"
}

// In returns the text for a locale such as "ja", "ja-JP" or "ja_JP": that of the
// locale, else that of its language, else the default. Without a default it prefers
// English.
func (t Text) In(locale string) string {
	for tag := languageTag(locale); tag != ""; {
		if text, ok := t.ByLocale[tag]; ok {
			return text
		}
		i := strings.LastIndexByte(tag, '-')
		tag = tag[:max(i, 0)]
	}
	if t.Default != "" || len(t.ByLocale) == 0 {
		return t.Default
	}
	if text, ok := t.ByLocale["en"]; ok {
		return text
	}
	return t.ByLocale[slices.Min(slices.Collect(maps.Keys(t.ByLocale)))]
}

func languageTag(locale string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(locale), "_", "-"))
}

// empty reports whether no language has text.
func (t Text) empty() bool { return t.Default == "" && len(t.ByLocale) == 0 }
