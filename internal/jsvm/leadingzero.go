package jsvm

import (
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
)

// parse parses text, and returns it as goja's parser accepts it: in numbers such as 08 and
// 09, which are decimal in code that is not strict (ECMA-262, B.1.1), blanks take the place of
// the zeros, so that positions stay. The tree is nil if there is none.
func parse(name, text string) (tree *ast.Program, accepted string, err error) {
	for left := maxSource; ; left -= len(text) {
		// Without the option the parser would follow a sourceMappingURL comment
		// into the file system.
		tree, err = parser.ParseFile(nil, name, text, 0, parser.WithDisableSourceMaps)
		changed := withoutLeadingZeros(text, err)
		if changed == text || left < len(text) { // every pass parses all of the text
			return tree, text, err
		}
		text = changed
	}
}

var leadingZeros = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(0+)[0-7]*[89][0-9]*`) }) //nolint:gochecknoglobals // computed once

// withoutLeadingZeros returns text without the zeros of the numbers at which the parser failed.
func withoutLeadingZeros(text string, err error) string {
	list, _ := errors.AsType[parser.ErrorList](err)
	for _, e := range list {
		at, ok := offsetOf(text, e.Position.Line, e.Position.Column)
		if !ok {
			continue
		}
		at = len(strings.TrimRight(text[:at], "0")) // of a key, goja reports what follows the zero
		if zeros := leadingZeros().FindStringSubmatch(text[at:]); zeros != nil {
			n := len(zeros[1])
			text = text[:at] + strings.Repeat(" ", n) + text[at+n:]
		}
	}
	return text
}
