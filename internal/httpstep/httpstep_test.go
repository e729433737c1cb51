package httpstep_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/httpstep"
	"github.com/postern-dev/postern/internal/stricttoml"
	"github.com/postern-dev/postern/runtime"
)

// items are the data items of the steps below.
func items() []hostapi.Item {
	return []hostapi.Item{
		{VarName: "q_id", Type: hostapi.TypeTextfield},
		{VarName: "q_text", Type: hostapi.TypeTextarea},
		{VarName: "q_number", Type: hostapi.TypeDecimal},
		{VarName: "q_day", Type: hostapi.TypeDate},
		{VarName: "q_choice", Type: hostapi.TypeSelectCheckbox, Options: []hostapi.Option{{Value: "a"}, {Value: "b"}}},
		{VarName: "q_file", Type: hostapi.TypeFile},
		{VarName: "q_odd", Type: hostapi.TypeTextfield},
		{VarName: "q_dots", Type: hostapi.TypeTextfield},
		{VarName: "q_none", Type: hostapi.TypeTextfield},
	}
}

func data() map[string]any {
	return map[string]any{
		"q_id": "a b/ü", "q_text": "<\"x\">\n&", "q_number": 12.5, "q_day": "2026-01-02", "q_choice": []any{"a", "b"},
		"q_odd": "\x01\t.", "q_dots": "..",
		"q_file": []any{&hostapi.File{Name: "a.txt", ContentType: "text/plain", Content: []byte("hello")}},
	}
}

// script returns the script of a table [request], with URL in place of $URL.
func script(tb testing.TB, toml, url string) []byte {
	tb.Helper()
	doc, top := stricttoml.Parse("step.toml", []byte(strings.ReplaceAll(toml, "$URL", url)), false)
	step := httpstep.Parse(top.Table("request"), items())
	if err := doc.Err(); err != nil {
		tb.Fatal(err)
	}
	return step.JavaScript("step.toml")
}

// run runs a step against a server.
func run(t *testing.T, toml string, handler http.HandlerFunc) (*runtime.Result, error) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	client := egress.New(egress.Config{})
	t.Cleanup(client.Close)
	engine := runtime.New(runtime.Config{Connector: client})
	source := script(t, toml, s.URL)
	compiled, err := engine.Compile(t.Context(), runtime.Source{Name: "step", Code: source})
	if err != nil {
		t.Fatalf("%v in\n%s", err, source)
	}
	rule, err := hostapi.ParseRule(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return engine.Run(t.Context(), runtime.Task{Script: compiled, Items: items(), Data: data(), Allow: []hostapi.Rule{rule}})
}

// dump returns what a request has.
func dump(t *testing.T, r *http.Request) string {
	t.Helper()
	out := r.Method + " " + r.URL.RequestURI()
	if x := r.Header.Get("X-Test"); x != "" {
		out += " X-Test=" + x
	}
	media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // "" if there is none
	if media == "multipart/form-data" {
		reader := multipart.NewReader(r.Body, params["boundary"])
		for {
			p, err := reader.NextPart()
			if err != nil {
				return out
			}
			content, err := io.ReadAll(p)
			if err != nil {
				t.Error(err)
			}
			out += fmt.Sprintf(" [%s %s %q]", p.FormName(), p.FileName(), content)
		}
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	if media != "" {
		out += " " + media + " " + string(content)
	}
	return out
}

// TestRequests checks what is sent, with data items escaped by their context.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, toml, want string }{
		{"url", `url = "$URL/v1/{q_id}?day={q_day}&x={{{q_none}}}"`, "GET /v1/a%20b%2F%C3%BC?day=2026-01-02&x={}"},
		{
			"query and headers", "url = \"$URL/\"\nquery = { q = \"{q_id}&1\", n = [1, 2.5, true], c = \"{q_choice}\" }\nheaders = { X-Test = \"{q_number}!\" }",
			"GET /?q=a+b%2F%C3%BC%261&n=1&n=2.5&n=true&c=a%2Cb X-Test=12.5!",
		},
		{"form", "url = \"$URL/\"\nform = { a = \"{q_id}\", b = [\"{q_text}\", \"x\"] }", "POST / application/x-www-form-urlencoded a=a+b%2F%C3%BC&b=%3C%22x%22%3E%0A%26&b=x"},
		{"empty form", "url = \"$URL/\"\nmethod = \"PUT\"\nform = {}", "PUT /"},
		{
			"json", "url = \"$URL/\"\n[request.json]\nid = \"{q_id}\"\nnumber = \"{q_number}\"\ntext = \"n: {q_number}\"\nnone = \"{q_none}\"\nlist = [\"{q_choice}\", 1, { x = true }]\n\"__proto__\" = \"p\"",
			`POST / application/json {"__proto__":"p","id":"a b/ü","list":[["a","b"],1,{"x":true}],"none":null,"number":12.5,"text":"n: 12.5"}`,
		},
		{"json list", "url = \"$URL/\"\nmethod = \"PATCH\"\njson = [1, \"{q_day}\"]", `PATCH / application/json [1,"2026-01-02"]`},
		{
			"multipart", "url = \"$URL/\"\nmultipart = [{ name = \"file\", file = \"q_file\" }, { name = \"note\", value = \"{q_id}\" }]",
			`POST / [file a.txt "hello"] [note  "a b/ü"]`,
		},
		{"file", "url = \"$URL/\"\nmethod = \"PUT\"\nbody_file = \"q_file\"", "PUT / text/plain hello"},
		{"text", "url = \"$URL/\"\nbody = \"v: {q_text}\"", "POST / text/plain v: <\"x\">\n&"},
		{"text in JSON", "url = \"$URL/\"\nbody = '{{\"t\": \"{q_text}\"}}'\ncontent_type = \"application/json\"", `POST / application/json {"t": "<\"x\">\n&"}`},
		{"text in XML", "url = \"$URL/\"\nbody = \"<t>{q_text}</t>\"\ncontent_type = \"application/soap+xml\"", "POST / application/soap+xml <t>&#60;&#34;x&#34;&#62;&#10;&#38;</t>"},
		{"text in a form", "url = \"$URL/\"\nbody = \"t={q_text}\"\ncontent_type = \"application/x-www-form-urlencoded\"", "POST / application/x-www-form-urlencoded t=%3C%22x%22%3E%0A%26"},
		{"control character in XML", "url = \"$URL/\"\nbody = '<t a=\"{q_odd}\"/>'\ncontent_type = \"text/xml\"", "POST / text/xml <t a=\"\ufffd&#9;.\"/>"},
		{"dots beside others", `url = "$URL/{q_dots}x/..{q_id}/a.{q_odd}?p=/{q_dots}"`, "GET /..x/..a%20b%2F%C3%BC/a.%01%09.?p=/.."},
		{"delete", "url = \"$URL/x\"\nmethod = \"DELETE\"", "DELETE /x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if _, err := run(t, "[request]\n"+tt.toml, func(_ http.ResponseWriter, r *http.Request) { got = dump(t, r) }); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("the request is\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestDotsInPath checks that data cannot choose another part of the API.
func TestDotsInPath(t *testing.T) {
	t.Parallel()
	for _, toml := range []string{
		`url = "$URL/users/{q_dots}/notes"`, `url = "$URL/users/{q_dots}"`, `url = "$URL/users/{q_dots}?a=b"`, `url = "$URL/users/.{q_none}./notes"`,
		"url = \"$URL/{q_dots}/x\"\npaging = { items = \"\", into = \"q_text\", link = true }",
	} {
		_, err := run(t, "[request]\n"+toml, func(http.ResponseWriter, *http.Request) { t.Errorf("%s: a request was sent", toml) })
		if err == nil || !strings.Contains(err.Error(), "a part of the URL's path") {
			t.Errorf("%s: %v", toml, err)
		}
	}
}

// TestResponses checks what is stored of a response, and which responses are errors.
func TestResponses(t *testing.T) {
	t.Parallel()
	const answer = `{"id": 7, "name": "n", "list": ["a", "b"], "o": {"a/b": {"~": "deep"}}, "none": null}`
	for _, tt := range []struct {
		name, toml, header, body string
		status                   int
		want                     map[string]any // changed data items
		err                      string
	}{
		{name: "json", toml: "data = { q_id = \"/id\", q_text = \"/o/a~1b/~0\", q_number = \"/id\", q_choice = \"/list\" }", body: answer, want: map[string]any{
			"q_id": "7", "q_text": "deep", "q_number": 7.0, "q_choice": []any{"a", "b"},
		}},
		{name: "long numbers", toml: "data = { q_id = \"/id\", q_text = \"\", q_number = \"/n\" }", body: `{"id":12345678901234567890,"n":-9007199254740993,"s":"1 \"12345678901234567890","f":0.12345678901234567,"small":1234567890123456}`, want: map[string]any{
			"q_id": "12345678901234567890", "q_number": "-9007199254740993",
			"q_text": `{"id":"12345678901234567890","n":"-9007199254740993","s":"1 \"12345678901234567890","f":"0.12345678901234567","small":1234567890123456}`,
		}},
		{name: "whole", toml: "data = { q_text = \"\" }", body: `[1, 2]`, want: map[string]any{"q_text": "[1,2]"}},
		{name: "element", toml: "data = { q_id = \"/list/1\", q_choice = \"/list/0\" }", body: answer, want: map[string]any{"q_id": "b", "q_choice": []any{"a"}}},
		{name: "missing", toml: "data = { q_id = \"/nothing\" }", body: answer, err: `the response has no value at "/nothing"`},
		{name: "null", toml: "data = { q_id = \"/none\" }", body: answer, err: `the response has no value at "/none"`},
		{name: "prototype", toml: "data = { q_id = \"/constructor/name\" }", body: answer, err: "the response has no value"},
		{name: "optional", toml: "data = { q_id = { json = \"/nothing\", optional = true } }", body: answer, want: map[string]any{"q_id": nil}},
		{name: "no body", toml: "data = { q_id = { json = \"/x\", optional = true } }", status: 204, want: map[string]any{"q_id": nil}},
		{name: "not JSON", toml: "data = { q_id = \"/x\" }", body: "<html>", err: "the response is not JSON"},
		{name: "header, status and text", toml: "data = { q_id = { header = \"x-place\" }, q_number = { status = true }, q_text = { body = \"text\" } }", header: "/7", body: "t", status: 201, want: map[string]any{
			"q_id": "/7", "q_number": 201.0, "q_text": "t",
		}},
		{name: "missing header", toml: "data = { q_id = { header = \"X-Place\" } }", err: "the response has no header X-Place"},
		{name: "failure", status: 500, body: "what went wrong", err: "the server answered 500"},
		{name: "success", toml: "success = [404, \"3xx\"]\ndata = { q_number = { status = true } }", status: 404, want: map[string]any{"q_number": 404.0}},
		{name: "no success", toml: "success = 404", err: "the server answered 200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := run(t, "[request]\nurl = \"$URL/\"\n"+tt.toml, func(w http.ResponseWriter, _ *http.Request) {
				if tt.header != "" {
					w.Header().Set("X-Place", tt.header)
				}
				if tt.status != 0 {
					w.WriteHeader(tt.status)
				}
				_, _ = io.WriteString(w, tt.body)
			})
			if tt.err != "" {
				if hostapi.CodeOf(err) != hostapi.CodeScript || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if tt.name == "failure" && (len(result.Logs) != 1 || result.Logs[0].Message != tt.body) {
					t.Errorf("log %v, want the body", result.Logs)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[string]any)
			for _, name := range result.Changed {
				got[name] = plain(result.Data[name])
			}
			if !reflect.DeepEqual(got, tt.want) && len(got)+len(tt.want) > 0 {
				t.Errorf("stored %v, want %v", got, tt.want)
			}
		})
	}
}

// plain returns a value of a data item with numbers as float64, or as text if that would lose
// digits.
func plain(v any) any {
	if d, ok := v.(hostapi.Decimal); ok {
		text, _ := json.Marshal(d)
		var f float64
		_ = json.Unmarshal(text, &f)
		if again, _ := json.Marshal(f); !bytes.Equal(again, text) {
			return string(text)
		}
		return f
	}
	return v
}

// TestFileOfAResponse checks that a body is stored as a file.
func TestFileOfAResponse(t *testing.T) {
	t.Parallel()
	result, err := run(t, "[request]\nurl = \"$URL/\"\ndata = { q_file = { body = \"file\", name = \"{q_day}.bin\" } }", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-test")
		_, _ = w.Write([]byte{0, 255, 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	files, _ := result.Data["q_file"].([]any)
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	f, ok := files[0].(*hostapi.File)
	if !ok || f.Name != "2026-01-02.bin" || f.ContentType != "application/x-test" || !bytes.Equal(f.Content, []byte{0, 255, 1}) {
		t.Errorf("file %+v", f)
	}
}

// TestPaging checks that the items of all pages are collected, whichever way the pages
// are found, and that a query is sent once.
func TestPaging(t *testing.T) {
	t.Parallel()
	pages := []string{`["a"]`, `["b", "c"]`, `["d"]`}
	for _, tt := range []struct {
		name, toml string
		next       func(w http.ResponseWriter, r *http.Request, page int) string // further members of the response
		page       func(r *http.Request) string
		most       int
	}{
		{
			name: "URL", toml: `next = "/next/url"`,
			next: func(_ http.ResponseWriter, r *http.Request, page int) string {
				return fmt.Sprintf(`, "next": {"url": "http://%s/?state=a+b&page=%d"}`, r.Host, page+1)
			},
		},
		{
			name: "path", toml: `next = "/next"`,
			next: func(_ http.ResponseWriter, _ *http.Request, page int) string {
				return fmt.Sprintf(`, "next": "/?state=a+b&page=%d"`, page+1)
			},
		},
		{
			name: "link", toml: `link = true`,
			next: func(w http.ResponseWriter, r *http.Request, page int) string {
				w.Header().Add("Link", fmt.Sprintf(`<http://%s/?page=0>; rel="first", <http://%[1]s/?state=a+b&page=%d>; title="x"; rel="prefetch next"`, r.Host, page+1))
				return ""
			},
		},
		{
			name: "cursor", toml: "query = \"page\"\nnext = \"/cursor\"",
			next: func(_ http.ResponseWriter, _ *http.Request, page int) string {
				return fmt.Sprintf(`, "cursor": "%d"`, page+1)
			},
		},
		{name: "number", toml: "query = \"page\"\nstart = 0", next: func(http.ResponseWriter, *http.Request, int) string { return "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := run(t, "[request]\nurl = \"$URL/\"\nquery = { state = \"a b\" }\n[request.paging]\nitems = \"/items\"\ninto = \"q_text\"\n"+tt.toml, func(w http.ResponseWriter, r *http.Request) {
				page := 0
				if text := r.URL.Query().Get("page"); text != "" {
					_, _ = fmt.Sscan(text, &page)
				}
				if states := r.URL.Query()["state"]; len(states) != 1 || states[0] != "a b" {
					t.Errorf("page %d has the states %q", page, states)
				}
				if page >= len(pages) {
					_, _ = io.WriteString(w, `{"items": []}`)
					return
				}
				next := ""
				if page < len(pages)-1 {
					next = tt.next(w, r, page)
				}
				_, _ = io.WriteString(w, `{"items": `+pages[page]+next+`}`)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := result.Data["q_text"]; got != `["a","b","c","d"]` {
				t.Errorf("collected %v", got)
			}
		})
	}
}

// TestPagesAreBounded checks that an API whose pages do not end is an error.
func TestPagesAreBounded(t *testing.T) {
	t.Parallel()
	requests := 0
	_, err := run(t, "[request]\nurl = \"$URL/\"\npaging = { items = \"\", into = \"q_text\", query = \"p\", max_pages = 3 }", func(w http.ResponseWriter, _ *http.Request) {
		requests++
		_, _ = io.WriteString(w, "[1]")
	})
	if err == nil || !strings.Contains(err.Error(), "there are more than 3 pages") || requests != 3 {
		t.Errorf("error %v after %d requests", err, requests)
	}
}

// TestRetry checks that a busy server is asked again.
func TestRetry(t *testing.T) {
	t.Parallel()
	requests := 0
	_, err := run(t, "[request]\nurl = \"$URL/\"\nretry = 1", func(w http.ResponseWriter, _ *http.Request) {
		if requests++; requests == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	if err != nil || requests != 2 {
		t.Errorf("error %v after %d requests", err, requests)
	}
}

// TestMistakes checks that each mistake is told, with its place.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for toml, want := range map[string]string{
		"":                                                 `request.url: is missing`,
		`url = "ftp://a.test/"`:                            `request.url: is not an http or https URL`,
		`url = "https://{q_id}.a.test/"`:                   `request.url: has a data item in its host`,
		`url = "https://a.test?{q_id}"`:                    "",
		`url = "https://a.test/{q_x}"`:                     `request.url: names the data item "q_x", which the task does not declare`,
		`url = "https://a.test/{q id}"`:                    `request.url: has a brace that is no data item`,
		`url = "https://a.test/x/../y?q=.."`:               `request.url: has . or .. in its path`,
		`url = "https://a.test/{q_file}"`:                  `request.url: names q_file, which is a file and has no text`,
		"url = \"https://a.test/\"\nsuccess = []":          `request.success: has no status`,
		"url = \"https://a.test/\"\njson = [\"{q_file}\"]": `request.json: names q_file, which is a file`,
		"url = \"https://a.test/\"\ndata = { q_id = { body = \"file\", name = \"a\" } }":       `request.data.q_id: is no data item of the type FILE`,
		"url = \"https://a.test/\"\ndata = { q_file = \"/a\" }":                                `request.data.q_file: is a data item of the type FILE`,
		"url = \"https://a.test/\"\npaging = { items = \"\", into = \"q_file\", link = true }": `request.paging.into: names q_file`,
		`url = "https://a.test/}"`:                                                                              `request.url: has a brace that is no data item`,
		"url = \"https://a.test/\"\nmethod = \"TRACE\"":                                                         `request.method: is not a method that a task can send`,
		"url = \"https://a.test/\"\nmethod = \"GET\"\nbody = \"x\"":                                             `request.method: cannot have a body`,
		"url = \"https://a.test/\"\nbody = \"x\"\njson = 1":                                                     `request: has several bodies`,
		"url = \"https://a.test/\"\ncontent_type = \"text/plain\"":                                              `request.content_type: has no effect here`,
		"url = \"https://a.test/\"\nbody_file = \"q_id\"":                                                       `request.body_file: names q_id, which is no data item of the type FILE`,
		"url = \"https://a.test/\"\nmultipart = [{ name = \"a\" }]":                                             `request.multipart[1]: needs name, and one of value and file`,
		"url = \"https://a.test/\"\njson = { d = 2026-01-02 }":                                                  `request.json: has a value that JSON does not have`,
		"url = \"https://a.test/\"\nquery = { d = { x = 1 } }":                                                  `request.query.d: needs text, a number, true or false`,
		"url = \"https://a.test/\"\nretry = 11":                                                                 `request.retry: is not a number of further attempts`,
		"url = \"https://a.test/\"\nsuccess = [99]":                                                             `request.success: needs status codes`,
		"url = \"https://a.test/\"\ndata = { q_id = \"id\" }":                                                   `request.data.q_id: is not a JSON Pointer`,
		"url = \"https://a.test/\"\ndata = { q_id = \"/~2\" }":                                                  `request.data.q_id: is not a JSON Pointer`,
		"url = \"https://a.test/\"\ndata = { q_id = { body = \"x\" } }":                                         `request.data.q_id.body: needs "text" or "file"`,
		"url = \"https://a.test/\"\ndata = { q_file = { body = \"file\" } }":                                    `request.data.q_file.name: is missing`,
		"url = \"https://a.test/\"\ndata = { q_id = { json = \"/a\", header = \"B\" } }":                        `request.data.q_id: needs exactly one of`,
		"url = \"https://a.test/\"\npaging = { items = \"/a\", into = \"q_text\" }":                             `request.paging: does not say how to get the next page`,
		"url = \"https://a.test/\"\npaging = { link = true }":                                                   `request.paging: needs items and into`,
		"url = \"https://a.test/\"\nbody = \"\"\npaging = { items = \"\", into = \"q_text\", link = true }":     `request.paging: needs the method GET`,
		"url = \"https://a.test/\"\npaging = { items = \"\", into = \"q_text\", link = true, start = 1 }":       `request.paging.start: has no effect here`,
		"url = \"https://a.test/\"\npaging = { items = \"\", into = \"q_text\", query = \"p\", max_pages = 0 }": `needs max_pages and increment above zero`,
		"url = \"https://a.test/\"\npaging = { items = \"\", into = \"q_text\", link = true, next = \"/a\" }":   `request.paging.link: cannot be used with next`,
	} {
		doc, top := stricttoml.Parse("step.toml", []byte("[request]\n"+toml), false)
		httpstep.Parse(top.Table("request"), items())
		err := doc.Err()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", toml, err, want)
		}
	}
}

// FuzzScript checks that no text of a step becomes code: whatever is in it, the script
// compiles, and texts arrive as they are.
func FuzzScript(f *testing.F) {
	for _, text := range []string{"", "\"", "`${x}`", "\\", "\u2028", "*/", "</script>", "\x00", "{q_id}", "{{", "a\nb", "__proto__"} {
		f.Add(text)
	}
	engine := runtime.New(runtime.Config{})
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := json.Marshal(text)
		if err != nil {
			return
		}
		toml := fmt.Sprintf("[request]\nurl = \"https://a.test/\"\nheaders = { %s = %[1]s }\nquery = { %[1]s = %[1]s }\njson = { %[1]s = [%[1]s] }\n"+
			"[request.data]\nq_id = { header = %[1]s }\nq_text = { json = %[1]s }\nq_file = { body = \"file\", name = %[1]s }", quoted)
		doc, top := stricttoml.Parse("step.toml", []byte(toml), false)
		step := httpstep.Parse(top.Table("request"), items())
		if doc.Err() != nil {
			return
		}
		source := step.JavaScript(text)
		if _, err := engine.Compile(t.Context(), runtime.Source{Name: "step", Code: source}); err != nil {
			t.Errorf("%v in\n%s", err, source)
		}
	})
}
