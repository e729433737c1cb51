package jsapi

import (
	"fmt"
	"strings"

	"github.com/dop251/goja"
	"github.com/yuin/goldmark"
)

// markdownClass is the global markdown. Its HTML is safe to show: raw HTML in the Markdown
// and links with schemes such as javascript: are left out.
var markdownClass = newClass("markdown", members{ //nolint:gochecknoglobals // a table, never changed
	"toHtml": markdownToHTML,
})

// markdownLimit is the maximum size of the text to render, in bytes. Rendering nested
// quotes takes time quadratic in their number, and cannot be interrupted.
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
