// Package placeholder finds placeholders of a template that were not filled in, such as
// <your client id>, {Token endpoint URL} or YOUR_API_KEY.
package placeholder

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Is reports whether all of text is a placeholder in angle brackets, as in templates of
// configuration files.
func Is(text string) bool {
	return strings.HasPrefix(text, "<") && strings.HasSuffix(text, ">")
}

// Found is a placeholder in a source.
type Found struct {
	Text         string
	Line, Column int // from 1, the column in characters
}

// Language determines the syntax of comments and strings of a source.
type Language int

// The languages.
const (
	JavaScript Language = iota
	TOML
)

// patterns match text that a finished script never contains. HTML tags, variables such as
// {id}, fields of GraphQL such as {id name}, and operations of an API such as INSERT_ROWS do
// not match.
var patterns = sync.OnceValue(func() []*regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return []*regexp.Regexp{
		regexp.MustCompile(`<(?i:your|my|the|insert|replace|enter|put|change)[-_ ][^<>"'\n]{1,60}>`),
		regexp.MustCompile(`\{(?:[\p{Lu}\p{Lo}][\p{L}\d_-]*|your|my|the|insert|replace|enter|put|change)(?: [\p{L}\d_/-]+){1,8}\}`),
		regexp.MustCompile(`\bYOUR[_-][A-Z\d_-]{2,60}\b|\b(?:CHANGE|REPLACE)_?ME\b`),
		regexp.MustCompile(`\b(?:INSERT|REPLACE|ENTER)[_-](?:[A-Z\d]+[_-]){0,8}(?:YOUR|THIS|HERE|KEY|TOKEN|SECRET|PASSWORD|URL|ID)(?:[_-][A-Z\d]+){0,8}\b`),
		regexp.MustCompile(`(?i)\byour[-_][a-z\d]+(?:[-_][a-z\d]+)*\b`),
	}
})

// inURL matches a URL up to the end of a placeholder that is recognized only there: elsewhere
// it may be an element of XML, as the line break of HTML may be behind a URL.
var inURL = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`://[^\s<>"']*(<\p{L}[^<>"'\n]{0,60}>)`)
})

// Find returns the placeholders in the string literals of a source, at most 100.
func Find(source string, language Language) []Found {
	const most = 100
	var found []Found
	for start, text := range texts(source, language) {
		at := inText(text, language)
		if at == nil {
			continue
		}
		offset := start + at[0]
		line := strings.LastIndexByte(source[:offset], '\n') + 1
		found = append(found, Found{
			Text: text[at[0]:at[1]], Line: 1 + strings.Count(source[:offset], "\n"), Column: 1 + utf8.RuneCountInString(source[line:offset]),
		})
		if len(found) == most {
			break
		}
	}
	return found
}

// inText returns the start and end of the first placeholder in text, nil if it has none.
func inText(text string, language Language) []int {
	if language == TOML && Is(text) {
		return []int{0, len(text)}
	}
	all := patterns()
	for i, p := range all {
		for _, at := range p.FindAllStringIndex(text, -1) {
			isExpression := at[0] > 0 && text[at[0]-1] == '$' // of a template literal
			isProse := i == len(all)-1 && strings.ContainsAny(text, " \t\n")
			if !isExpression && !isProse {
				return at
			}
		}
	}
	for _, at := range inURL().FindAllStringSubmatchIndex(text, -1) {
		if tag := strings.ToLower(text[at[2]:at[3]]); !strings.HasPrefix(tag, "<br") {
			return at[2:4]
		}
	}
	return nil
}
