package jsapi

import "testing"

func TestMarkdown(t *testing.T) {
	t.Parallel()
	check(t, []expectation{
		{`markdown.toHtml("# Title\n\n- *a*\n- [b](https://example.com/?a=1&b=2)")`, "<h1>Title</h1>\n<ul>\n<li><em>a</em></li>\n<li><a href=\"https://example.com/?a=1&amp;b=2\">b</a></li>\n</ul>\n"},
		{`markdown.toHtml("")`, ""},
		{`markdown.toHtml("a < b & 日本")`, "<p>a &lt; b &amp; 日本</p>\n"},
		{`markdown.toHtml("a <script>alert(1)</script> b")`, "<p>a <!-- raw HTML omitted -->alert(1)<!-- raw HTML omitted --> b</p>\n"},
		{`markdown.toHtml("[a](javascript:alert(1))")`, "<p><a href=\"\">a</a></p>\n"},
		{`markdown.toHtml("x".repeat(65536)).length`, 65536 + len("<p></p>\n")},
		{`markdown.toHtml("x".repeat(65537))`, "!toHtml: the text has 65537 bytes; at most 65536 are rendered"},
		{`markdown.toHtml()`, "!toHtml: needs (text)"},
		{`markdown.toHtml(null)`, "!toHtml: text is null"},
	})
}
