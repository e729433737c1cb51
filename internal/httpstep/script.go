package httpstep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// JavaScript returns the script that the step means. file is the name of the task file.
func (s *Step) JavaScript(file string) []byte {
	code, _ := s.script(file)
	return code
}

// script returns the script, and for the lines where a part of it begins the place of the key
// that says so.
func (s *Step) script(file string) ([]byte, map[int]hostapi.Error) {
	w := &writer{step: s, helpers: make(map[string]bool), places: make(map[int]hostapi.Error)}
	if s.paging != nil {
		w.pages()
	} else {
		w.request("const response", w.checked(w.expression(s.url, "encode")), "")
		w.check("")
		w.store("")
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "// The request of %s as a script.\n\n", strings.Map(printable, file))
	for _, name := range slices.Sorted(maps.Keys(w.helpers)) {
		out.WriteString(helpers()[name] + "\n")
	}
	places, before := make(map[int]hostapi.Error), bytes.Count(out.Bytes(), []byte("\n"))
	for line, at := range w.places {
		places[before+line] = at
	}
	out.Write(w.code.Bytes())
	return out.Bytes(), places
}

func printable(c rune) rune {
	if c < ' ' || c == 0x7f || c == 0x2028 || c == 0x2029 {
		return '?'
	}
	return c
}

// writer writes the script of a step.
type writer struct {
	step    *Step
	code    bytes.Buffer
	helpers map[string]bool       // needed
	places  map[int]hostapi.Error // by line of code
}

// at notes that the lines that follow are those of the key at that place.
func (w *writer) at(place hostapi.Error) {
	w.places[1+bytes.Count(w.code.Bytes(), []byte("\n"))] = place
}

func (w *writer) line(indent, format string, args ...any) {
	w.code.WriteString(indent)
	fmt.Fprintf(&w.code, format, args...)
	w.code.WriteByte('\n')
}

// call returns a call of a helper.
func (w *writer) call(helper, args string) string {
	w.helpers[helper] = true
	return helper + "(" + args + ")"
}

// quote returns s as a literal of JavaScript.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

// expression returns the expression of a template, with items as the context needs them:
// "encode" for a URL or a form, "json" and "xml" for a text within these, "" as they are.
func (w *writer) expression(t template, context string) string {
	if len(t) == 0 {
		return `""`
	}
	parts := make([]string, len(t))
	for i, p := range t {
		if p.item == "" {
			parts[i] = quote(p.text)
			continue
		}
		parts[i] = w.call("text", quote(p.item))
		switch context {
		case "encode":
			parts[i] = "encodeURIComponent(" + parts[i] + ")"
		case "json":
			parts[i] = "JSON.stringify(" + parts[i] + ").slice(1, -1)"
		case "xml":
			parts[i] = w.call("xml", parts[i])
		}
	}
	return strings.Join(parts, " + ")
}

// value returns the expression of a value of JSON.
func (w *writer) value(v any, indent string) string {
	deeper := indent + "  "
	switch v := v.(type) {
	case template:
		if len(v) == 1 && v[0].item != "" {
			return "engine.findDataByVarName(" + quote(v[0].item) + ")"
		}
		return w.expression(v, "")
	case []any:
		var b strings.Builder
		for _, e := range v {
			b.WriteString(deeper + w.value(e, deeper) + ",\n")
		}
		return "[\n" + b.String() + indent + "]"
	case map[string]any:
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(v)) {
			key := quote(name)
			if name == "__proto__" {
				key = "[" + key + "]"
			}
			b.WriteString(deeper + key + ": " + w.value(v[name], deeper) + ",\n")
		}
		return "{\n" + b.String() + indent + "}"
	}
	text, _ := json.Marshal(v) // a number or flag; NaN, which JSON lacks, is null
	if text == nil {
		return "null"
	}
	return string(text)
}

// request writes the request: into = httpClient.begin()….get(url).
func (w *writer) request(into, url, indent string) {
	s := w.step
	w.at(s.urlAt)
	w.line(indent, "%s = httpClient.begin()", into)
	deeper := indent + "  "
	if s.auth != "" {
		w.line(deeper, ".authSetting(%s)", quote(s.auth))
	}
	if s.paging == nil { // else it is in the URL of the first page
		for _, f := range s.query {
			w.line(deeper, ".queryParam(%s, %s)", quote(f.name), w.expression(f.value, ""))
		}
	} else if s.paging.byNumber() {
		w.line(deeper, ".queryParam(%s, String(number))", quote(s.paging.query))
	}
	for _, f := range s.headers {
		w.line(deeper, ".header(%s, %s)", quote(f.name), w.expression(f.value, ""))
	}
	if s.retry > 0 {
		w.line(deeper, ".retry(%d)", s.retry)
	}
	w.body(deeper)
	w.line(deeper, ".%s(%s);", strings.ToLower(s.method), url)
}

func (w *writer) body(indent string) {
	b := &w.step.body
	for _, f := range b.form {
		w.line(indent, ".formParam(%s, %s)", quote(f.name), w.expression(f.value, ""))
	}
	switch {
	case b.hasJSON:
		w.line(indent, ".body(JSON.stringify(%s), \"application/json\")", w.value(b.json, indent))
	case b.text != nil:
		w.line(indent, ".body(%s, %s)", w.expression(*b.text, contextOf(b.contentType)), quote(b.contentType))
	case b.file != "":
		w.line(indent, ".body(%s)", w.call("file", quote(b.file)))
	}
	for _, p := range b.multipart {
		if p.file != "" {
			w.line(indent, ".multipart(%s, %s)", quote(p.name), w.call("file", quote(p.file)))
		} else {
			w.line(indent, ".multipart(%s, %s)", quote(p.name), w.expression(p.value, ""))
		}
	}
}

// contextOf returns how data items are escaped in a body of that type.
func contextOf(contentType string) string {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch media = strings.TrimSpace(media); {
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		return "json"
	case strings.HasSuffix(media, "/xml") || strings.HasSuffix(media, "+xml") || media == "text/html":
		return "xml"
	case media == "application/x-www-form-urlencoded":
		return "encode"
	}
	return ""
}

// check writes the check of the status.
func (w *writer) check(indent string) {
	conditions := make([]string, len(w.step.success))
	for i, s := range w.step.success {
		conditions[i] = fmt.Sprintf("status >= %d && status <= %d", s.least, s.most)
		if s.least == s.most {
			conditions[i] = fmt.Sprintf("status === %d", s.least)
		}
	}
	w.at(w.step.successAt)
	w.line(indent, "const status = response.getStatusCode();")
	w.line(indent, "if (!(%s)) {", strings.Join(conditions, " || "))
	if w.step.method != "HEAD" {
		w.line(indent, "  engine.log(response.getResponseAsString().slice(0, 1000));")
	}
	w.line(indent, "  throw new Error(\"the server answered \" + status);")
	w.line(indent, "}")
}

// store writes what stores the response in data items.
func (w *writer) store(indent string) {
	if i := slices.IndexFunc(w.step.data, func(a assignment) bool { return a.from.isJSON() }); i >= 0 {
		w.at(w.step.data[i].at)
		w.line(indent, "const answer = %s;", w.call("parse", "response.getResponseAsString()"))
	}
	for _, a := range w.step.data {
		value := w.source(&a)
		w.at(a.at)
		w.line(indent, "engine.setDataByVarName(%s, %s);", quote(a.item), value)
	}
}

func (s *source) isJSON() bool { return !s.status && s.header == "" && !s.text && !s.file }

// source returns the expression of the value of an assignment.
func (w *writer) source(a *assignment) string {
	from := &a.from
	switch {
	case from.status:
		return w.converted(a.item, "status")
	case from.text:
		return w.converted(a.item, "response.getResponseAsString()")
	case from.file:
		return fmt.Sprintf("[new com.questetra.bpms.core.event.scripttask.NewQfile(%s, response.getContentType() ?? \"application/octet-stream\", response.getResponse())]", w.expression(from.name, ""))
	}
	value, what := w.pick(from.json), "value at "+strconv.Quote(from.json.String())
	if from.header != "" {
		value, what = w.call("header", "response, "+quote(from.header)), "header "+from.header
	}
	if !a.optional {
		value = w.call("need", value+", "+quote(what))
	} else {
		value += " ?? null"
	}
	return w.converted(a.item, value)
}

// pick returns the expression of what is at p in the answer.
func (w *writer) pick(p pointer) string {
	args := "answer"
	for _, token := range p {
		args += ", " + quote(token)
	}
	return w.call("pick", args)
}

// converted returns value as the type of the data item needs it.
func (w *writer) converted(name, value string) string {
	for i := range w.step.items {
		item := &w.step.items[i]
		if item.VarName != name {
			continue
		}
		switch item.Type {
		case hostapi.TypeString, hostapi.TypeTextfield, hostapi.TypeTextarea, hostapi.TypeMarkdown, hostapi.TypeDate, hostapi.TypeDateYMD, hostapi.TypeDatetime:
			return w.call("asText", value)
		case hostapi.TypeSelect, hostapi.TypeSelectSingle, hostapi.TypeSelectCheckbox:
			w.helpers["asText"] = true
			return w.call("asList", value)
		}
	}
	return value
}

// pages writes the loop over pages.
func (w *writer) pages() {
	g := w.step.paging
	w.at(w.step.urlAt)
	w.line("", "const items = [];")
	w.line("", "let url = %s;", w.firstPage())
	switch {
	case g.byNumber():
		w.line("", "let number = %d;", g.start)
	case g.query != "":
		w.line("", "const first = url;")
	}
	w.at(w.step.pagingAt)
	w.line("", "for (let page = 1; url !== null; page++) {")
	w.line("  ", "if (page > %d) {", g.most)
	w.line("  ", "  throw new Error(\"there are more than %d pages\");", g.most)
	w.line("  ", "}")
	w.request("const response", "url", "  ")
	w.check("  ")
	if !slices.ContainsFunc(w.step.data, func(a assignment) bool { return a.from.isJSON() }) {
		w.at(w.step.pagingAt)
		w.line("  ", "const answer = %s;", w.call("parse", "response.getResponseAsString()"))
	}
	w.store("  ")
	w.at(w.step.pagingAt)
	w.line("  ", "const list = %s;", w.call("need", w.pick(g.items)+", "+quote("list at "+strconv.Quote(g.items.String()))))
	w.line("  ", "for (const item of list) {")
	w.line("  ", "  items.push(item);")
	w.line("  ", "}")
	switch {
	case g.byNumber():
		w.line("  ", "number += %d;", g.increment)
		w.line("  ", "if (list.length === 0) {")
		w.line("  ", "  url = null;")
		w.line("  ", "}")
	case g.query != "":
		w.line("  ", "const cursor = %s ?? \"\";", w.pick(g.next))
		w.line("  ", "url = cursor === \"\" ? null : first + (first.includes(\"?\") ? \"&\" : \"?\") + %s + encodeURIComponent(cursor);", quote(encodeName(g.query)+"="))
	case g.link:
		w.line("  ", "url = %s;", w.call("absolute", w.call("nextLink", "response")+", "+quote(w.step.origin())))
	default:
		w.line("  ", "url = %s;", w.call("absolute", w.pick(g.next)+", "+quote(w.step.origin())))
	}
	w.line("", "}")
	w.line("", "engine.setDataByVarName(%s, %s);", quote(g.into), w.converted(g.into, "items"))
}

// byNumber reports whether pages are asked for by their number.
func (g *paging) byNumber() bool { return g.query != "" && g.next == nil }

// firstPage returns the expression of the URL of the first page, with the query.
func (w *writer) firstPage() string {
	u := w.checked(w.expression(w.step.url, "encode"))
	separator := "?"
	for _, p := range w.step.url {
		if strings.Contains(p.text, "?") {
			separator = "&"
		}
	}
	for _, f := range w.step.query {
		u += " + " + quote(separator+encodeName(f.name)+"=") + " + encodeURIComponent(" + w.expression(f.value, "") + ")"
		separator = "&"
	}
	return u
}

// checked returns the expression of the URL, checked if data items are in its path.
func (w *writer) checked(url string) string {
	for _, p := range w.step.url {
		if p.item != "" {
			return w.call("checked", url)
		}
		if strings.ContainsAny(p.text, "?#") {
			break
		}
	}
	return url
}

// origin returns scheme, host and port of the URL.
func (s *Step) origin() string {
	if len(s.url) == 0 {
		return ""
	}
	scheme, rest, _ := strings.Cut(s.url[0].text, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return scheme + "://" + rest
}

// encodeName encodes the name of a query parameter.
func encodeName(name string) string { return strings.ReplaceAll(url.QueryEscape(name), "+", "%20") }
