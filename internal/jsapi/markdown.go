package jsapi

import (
	"fmt"
	"strings"

	"github.com/dop251/goja"
	"github.com/yuin/goldmark"
)

// markdownClass is the global markdown. It makes HTML that is safe to show: HTML
// within the Markdown is left out, and so are links such as javascript:.
var markdownClass = newClass("markdown", members{ //nolint:gochecknoglobals // a table, never changed
	"toHtml": markdownToHTML,
})

// markdownLimit is the most text, in bytes, that is rendered at once. Nested
// quotes take time that grows with the square of their number, and a rendering
// cannot be stopped.
const markdownLimit = 64 << 10

// markdownToHTML renders CommonMark.
func markdownToHTML(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(text)"); err != nil {
		return nil, err
	}
	text, err := c.text(0, "text")
	if err != nil {
		return nil, err
	}
	if len(text) > markdownLimit {
		return nil, invalid(c.op, fmt.Sprintf("the text has %d bytes; at most %d are rendered", len(text), markdownLimit), "render it in parts")
	}
	var html strings.Builder
	if err := goldmark.Convert([]byte(text), &html); err != nil {
		return nil, err
	}
	return a.vm.ToValue(html.String()), nil
}
