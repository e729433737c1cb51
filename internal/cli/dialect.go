package cli

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/internal/jsapi"
	"github.com/postern-dev/postern/internal/nearest"
)

// lack is what scripts of the older dialect can use in an engine on the Java platform,
// and not here.
type lack struct {
	pattern *regexp.Regexp
	advice  string
}

var missing = sync.OnceValue(func() []lack { //nolint:gochecknoglobals // compiled once, never changed
	return []lack{
		{regexp.MustCompile(`\.length\(\)`), "a method of Java's String: write .length"},
		{regexp.MustCompile(`\bnew (?:XML|XMLList|QName|Namespace)\b|\bfor each\b`), "E4X, which is not supported: read XML as text"},
		{regexp.MustCompile(`\b(?:importPackage|importClass|JavaImporter)\b`), "not supported: write the full name of the class"},
		{regexp.MustCompile(`\bPackages\.`), "not supported: write the name of the class without it"},
		{regexp.MustCompile(`\bRegExp\.(?:\$[1-9]|lastMatch|lastParen|leftContext|rightContext)`), "not supported: use the array that exec or match returns"},
		{regexp.MustCompile(`\bJava\.(?:type|from|to|extend)\b`), "not supported: write the full name of the class"},
	}
})

// javaName is a name that begins with one of the globals that lead to Java classes.
var javaName = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`(?:^|[^\w.$"'/-])((?:java|com)\.[a-z]\w*(?:\.\w+)*)`)
})

// configName is a call that reads a setting by a name in the source.
var configName = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`\bconfigs\s*\.\s*get(?:Object)?\(\s*["']([^"'\\]+)["']\s*\)`)
})

// warnOfConfigs warns of settings that a script reads and its definition lacks: they are null in each run.
func (c *checker) warnOfConfigs(path string, d *addon.Definition) {
	var names []string
	for _, config := range d.Configs {
		names = append(names, config.Name)
	}
	number := 0
	for line := range bytes.Lines(d.ScriptSource()) {
		number++
		text := string(line)
		for _, at := range configName().FindAllStringSubmatchIndex(text, -1) {
			name := text[at[2]:at[3]]
			if slices.Contains(names, name) || !inCode(text[:at[0]]) {
				continue
			}
			warning := fmt.Sprintf("%s:%d:%d: the definition has no config %s", path, number, 1+utf8.RuneCountInString(text[:at[2]]), name)
			if hint := nearest.Hint("", name, names, ""); hint != "" {
				warning += ": " + hint
			}
			c.app.out.warn(warning)
		}
	}
}

// warnOfDialect warns of names that the sandbox does not have.
func (c *checker) warnOfDialect(path string, source []byte) {
	number := 0
	for line := range bytes.Lines(source) {
		number++
		text := string(line)
		tell := func(at int, what, advice string) {
			if inCode(text[:at]) {
				c.app.out.warn(fmt.Sprintf("%s:%d:%d: %s is %s", path, number, 1+utf8.RuneCountInString(text[:at]), what, advice))
			}
		}
		for _, m := range missing() {
			for _, at := range m.pattern.FindAllStringIndex(text, -1) {
				tell(at[0], strings.TrimSpace(text[at[0]:at[1]]), m.advice)
			}
		}
		for _, at := range javaName().FindAllStringSubmatchIndex(text, -1) {
			if name := text[at[2]:at[3]]; !jsapi.LeadsToJavaClass(name) {
				tell(at[2], name, "an unknown class")
			}
		}
	}
}

// inCode reports whether what follows on a line is neither a comment nor a text, as
// far as the line alone tells.
func inCode(before string) bool {
	trimmed := strings.TrimSpace(before)
	return !strings.Contains(before, "//") && !strings.HasPrefix(trimmed, "*") && !strings.Contains(before, "/*") &&
		strings.Count(before, `"`)%2 == 0 && strings.Count(before, "'")%2 == 0 && strings.Count(before, "`")%2 == 0
}
