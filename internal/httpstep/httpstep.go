// Package httpstep reads an HTTP request that a task file describes without a script, in
// its table [request], and writes the JavaScript that it means. The script uses the script
// API only, so rules, limits, connections and errors are those of any other script.
package httpstep

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Step is a request, and what to do with its response.
type Step struct {
	items []hostapi.Item // declared by the task; nil: any name may be used

	method  string
	url     template
	auth    string // connection; "": none
	query   []field
	headers []field
	body    body
	retry   int64 // further attempts

	success []statuses
	data    []assignment
	paging  *paging

	urlAt, successAt, pagingAt hostapi.Error // their places in the task file
}

// field is a name with the template of its value.
type field struct {
	name  string
	value template
}

// body is the body of the request; of the kinds at most one is set.
type body struct {
	form        []field
	json        any // nil: none; templates in place of texts
	hasJSON     bool
	multipart   []part
	text        *template
	contentType string // of text
	file        string // data item
}

func (b *body) kinds() int {
	n := 0
	for _, set := range []bool{b.form != nil, b.hasJSON, b.multipart != nil, b.text != nil, b.file != ""} {
		if set {
			n++
		}
	}
	return n
}

// part is a part of a multipart body.
type part struct {
	name  string
	value template
	file  string // data item; "": value is the content
}

// statuses is a range of status codes.
type statuses struct{ least, most int64 }

// source says where in a response a value is.
type source struct {
	status bool
	header string
	text   bool     // the body
	file   bool     // the body, as a file
	name   template // of the file
	json   pointer  // if none of the above
}

// assignment stores a part of the response in a data item.
type assignment struct {
	item     string
	from     source
	optional bool          // the item is cleared if the response has no such value
	at       hostapi.Error // its place in the task file
}

// paging says how to get further pages.
type paging struct {
	items pointer // the list in each response
	into  string  // data item for all items
	most  int64   // pages

	link      bool    // the next page is that of the Link header, RFC 8288
	next      pointer // JSON: the URL of the next page, or the value for query
	query     string  // query parameter for the value at next, or if that is nil for a number
	start     int64   // number of the first page
	increment int64   // of the number
}

const mostPages = 100 // by default

// Parse reads a table [request]. Mistakes are those of the document of t. items are the
// data items that the task declares; nil: any name may be used.
func Parse(t *stricttoml.Table, items []hostapi.Item) *Step {
	t.Only("method", "url", "auth", "query", "headers", "form", "json", "multipart", "body", "content_type", "body_file", "retry", "success", "data", "paging")
	p := parser{Step: &Step{items: items, auth: t.Text("auth"), urlAt: t.At("url"), successAt: t.At("success"), pagingAt: t.At("paging")}}
	p.readURL(t)
	p.query = p.fields(t, "query")
	p.headers = p.fields(t, "headers")
	p.readBody(t)
	p.readMethod(t)
	if p.retry = t.Whole("retry"); p.retry < 0 || p.retry > 10 {
		t.Fail("retry", "is not a number of further attempts from 0 to 10", "")
	}
	p.readSuccess(t)
	p.readData(t)
	if t.Has("paging") {
		p.readPaging(t)
	}
	if !t.Has("url") {
		t.Fail("url", "is missing", `write url = "https://api.example.com/v1/users/{q_id}"`)
	}
	return p.Step
}

type parser struct{ *Step }

func (p *parser) readURL(t *stricttoml.Table) {
	p.url = p.template(t, "url", t.Text("url"))
	if !t.Has("url") {
		return
	}
	text := t.Text("url")
	_, rest, ok := strings.Cut(text, "://")
	if !ok || !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		t.Fail("url", "is not an http or https URL", `write url = "https://api.example.com/v1/users/{q_id}"`)
		return
	}
	authority, _, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	if strings.Contains(authority, "{") {
		t.Fail("url", "has a data item in its host", "the host is fixed; write data items in the path and the query")
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(rest, authority), "?")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			t.Fail("url", "has . or .. in its path", "write the path that it leads to")
			return
		}
	}
}

func (p *parser) readMethod(t *stricttoml.Table) {
	p.method = t.Text("method")
	if !t.Has("method") {
		p.method = "GET"
		if p.body.kinds() > 0 {
			p.method = "POST"
		}
	}
	known := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}
	if !slices.Contains(known, p.method) {
		t.Fail("method", "is not a method that a task can send", "use "+strings.Join(known, ", "))
	}
	if p.body.kinds() > 0 && (p.method == "GET" || p.method == "HEAD") {
		t.Fail("method", "cannot have a body", "use POST, PUT, PATCH or DELETE")
	}
}

// fields reads a table of texts, numbers and flags, and lists of them.
func (p *parser) fields(t *stricttoml.Table, key string) []field {
	if !t.Has(key) {
		return nil
	}
	table := t.Table(key)
	fields := []field{} // not nil: the table is there
	for _, name := range table.Keys() {
		value, ok := table.Any(name)
		if !ok {
			continue
		}
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		}
		for _, v := range list {
			text, ok := scalarText(v)
			if !ok {
				table.Fail(name, "needs text, a number, true or false, or a list of them", "")
				break
			}
			fields = append(fields, field{name, p.template(table, name, text)})
		}
	}
	return fields
}

func (p *parser) readBody(t *stricttoml.Table) {
	b := &p.body
	b.form = p.fields(t, "form")
	if value, ok := t.Any("json"); ok {
		b.json, b.hasJSON = p.jsonTemplate(t, "json", value), true
	}
	if t.Has("multipart") {
		b.multipart = []part{}
		for _, m := range t.Tables("multipart", `a list of { name = "file", file = "q_file" } and { name = "note", value = "{q_note}" }`) {
			m.Only("name", "value", "file")
			if m.Has("value") == m.Has("file") || m.Text("name") == "" {
				m.Fail("", "needs name, and one of value and file", "")
			}
			b.multipart = append(b.multipart, part{m.Text("name"), p.template(m, "value", m.Text("value")), p.itemOf(m, "file", hostapi.TypeFile)})
		}
	}
	if t.Has("body") {
		text := p.template(t, "body", t.Text("body"))
		b.text, b.contentType = &text, "text/plain"
	}
	if t.Has("content_type") {
		if b.contentType = t.Text("content_type"); b.text == nil {
			t.Fail("content_type", "has no effect here", "it applies only to body")
		}
	}
	b.file = p.itemOf(t, "body_file", hostapi.TypeFile)
	if b.kinds() > 1 {
		t.Fail("", "has several bodies", "use one of form, json, multipart, body and body_file")
	}
}

// itemOf reads the name of a data item of that type; "" if there is no such key.
func (p *parser) itemOf(t *stricttoml.Table, key string, kind hostapi.ItemType) string {
	name := t.Text(key)
	if !t.Has(key) {
		return ""
	}
	if item, ok := p.item(t, key, name); ok && item != nil && kind != "" && item.Type != kind {
		t.Fail(key, "names "+name+", which is no data item of the type "+string(kind), "")
	}
	return name
}

func (p *parser) readSuccess(t *stricttoml.Table) {
	p.success = []statuses{{200, 299}}
	if !t.Has("success") {
		return
	}
	p.success = nil
	value, _ := t.Any("success")
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	if len(list) == 0 {
		t.Fail("success", "has no status: every response would be an error", `write success = ["2xx"], or leave it out`)
	}
	for _, v := range list {
		s, ok := parseStatuses(v)
		if !ok {
			t.Fail("success", `needs status codes such as 200 or 404, or classes such as "2xx"`, "")
			return
		}
		p.success = append(p.success, s)
	}
}

func parseStatuses(v any) (statuses, bool) {
	switch v := v.(type) {
	case int64:
		return statuses{v, v}, 100 <= v && v <= 599
	case string:
		if len(v) == 3 && '1' <= v[0] && v[0] <= '5' && v[1:] == "xx" {
			class := int64(v[0]-'0') * 100
			return statuses{class, class + 99}, true
		}
	}
	return statuses{}, false
}

func (p *parser) readData(t *stricttoml.Table) {
	if !t.Has("data") {
		return
	}
	data := t.Table("data")
	for _, name := range data.Keys() {
		if _, ok := p.item(data, name, name); !ok {
			continue
		}
		a := assignment{item: name, at: data.At(name)}
		if value, _ := data.Any(name); isText(value) {
			a.from.json = p.pointer(data, name, data.Text(name))
		} else {
			p.readSource(data.Table(name), &a)
		}
		switch isFile := p.isFile(name); {
		case a.from.file && p.items != nil && !isFile:
			data.Fail(name, "is no data item of the type FILE", `write body = "text", or another data item`)
		case isFile && !a.from.file:
			data.Fail(name, "is a data item of the type FILE", `write { body = "file", name = "report.pdf" }`)
		}
		p.data = append(p.data, a)
	}
}

func isText(v any) bool { _, ok := v.(string); return ok }

// readSource reads a table such as { header = "Location", optional = true }.
func (p *parser) readSource(t *stricttoml.Table, a *assignment) {
	t.Only("json", "header", "body", "status", "name", "optional")
	a.optional = t.Flag("optional")
	n := 0
	if t.Has("json") {
		n++
		a.from.json = p.pointer(t, "json", t.Text("json"))
	}
	if t.Has("header") {
		n++
		a.from.header = t.Text("header")
	}
	if t.Has("status") {
		n++
		if a.from.status = t.Flag("status"); !a.from.status {
			t.Fail("status", "needs true", "")
		}
	}
	if t.Has("body") {
		n++
		switch t.Text("body") {
		case "text":
			a.from.text = true
		case "file":
			a.from.file, a.from.name = true, p.template(t, "name", t.Text("name"))
			if a.from.name == nil {
				t.Fail("name", "is missing", `write name = "report.pdf"`)
			}
		default:
			t.Fail("body", `needs "text" or "file"`, "")
		}
	}
	if n != 1 {
		t.Fail("", "needs exactly one of json, header, body and status", `write { json = "/id" } or { header = "Location" }`)
	}
	if t.Has("name") && !a.from.file {
		t.Fail("name", "has no effect here", `it applies only to body = "file"`)
	}
}

func (p *parser) readPaging(t *stricttoml.Table) {
	g := t.Table("paging")
	g.Only("items", "into", "next", "link", "query", "start", "increment", "max_pages")
	p.paging = &paging{into: p.itemOf(g, "into", ""), query: g.Text("query"), link: g.Flag("link"), most: mostPages, start: 1, increment: 1}
	if p.paging.items = p.pointer(g, "items", g.Text("items")); !g.Has("items") || p.paging.into == "" {
		g.Fail("", "needs items and into", `write items = "/items" and into = "q_items"`)
	}
	if p.isFile(p.paging.into) {
		g.Fail("into", "names "+p.paging.into+", which is a data item of the type FILE", "write one of text")
	}
	if g.Has("next") {
		p.paging.next = p.pointer(g, "next", g.Text("next"))
	}
	switch {
	case p.paging.link && (g.Has("next") || g.Has("query")):
		g.Fail("link", "cannot be used with next and query", "the URL of the next page is in the Link header")
	case !p.paging.link && !g.Has("next") && !g.Has("query"):
		g.Fail("", "does not say how to get the next page", `write link = true, next = "/next" for a URL or, with query, a cursor in the response, or query = "page" for a number`)
	}
	for key, into := range map[string]*int64{"max_pages": &p.paging.most, "start": &p.paging.start, "increment": &p.paging.increment} {
		if !g.Has(key) {
			continue
		}
		*into = g.Whole(key)
		if key != "max_pages" && (p.paging.query == "" || g.Has("next")) {
			g.Fail(key, "has no effect here", "it applies only to a query with the number of the page")
		}
	}
	if p.paging.most < 1 || p.paging.increment < 1 {
		g.Fail("", "needs max_pages and increment above zero", "")
	}
	if p.method != "GET" {
		g.Fail("", "needs the method GET", "")
	}
}
