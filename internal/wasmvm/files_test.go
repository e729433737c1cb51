package wasmvm

import (
	"context"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// opened is a file by reference, and how often it was opened and closed.
type opened struct {
	*strings.Reader
	opens, closes int
}

func (o *opened) Close() error {
	o.closes++
	return nil
}

func (o *opened) file(name, content string) *hostapi.File {
	return &hostapi.File{Name: name, ContentType: "text/plain", Size: int64(len(content)), Open: func(context.Context) (io.ReadSeekCloser, error) {
		o.opens++
		o.Reader = strings.NewReader(content)
		return o, nil
	}}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	const content = "the content of a file"
	o := new(opened)
	h := &host{value: []any{&hostapi.File{Name: "memory", ContentType: "a/b", Content: []byte(content)}, o.file("reference", content)}}
	limits := hostapi.DefaultLimits()
	limits.Memory = 64 << 10
	p := newDriver(t, h, limits)
	name := p.write(t, "q_x")
	if got, want := p.result(t, p.call(t, "find_files", name...)), `ok [{"name":"memory","contentType":"a/b","size":21},{"name":"reference","contentType":"text/plain","size":21}]`; got != want || o.opens != 0 {
		t.Errorf("find_files returned %s, opened %d times", got, o.opens)
	}
	for index := range uint32(2) {
		for _, tt := range []struct {
			offset, length uint32
			want           string
		}{
			{0, 3, "ok the"},
			{4, 7, "ok content"},
			{0, 21, "ok " + content},
			{20, 100, "ok e"},
			{21, 1, "ok "},
			{1 << 31, 1 << 31, "ok "},
			{5, 0, "ok "},
		} {
			if got := p.result(t, p.call(t, "read_file", append(name, index, tt.offset, tt.length)...)); got != tt.want {
				t.Errorf("file %d, %d bytes at %d: %q, want %q", index, tt.length, tt.offset, got, tt.want)
			}
		}
	}
	if o.opens != 1 || o.closes != 0 {
		t.Errorf("opened %d times, closed %d times", o.opens, o.closes)
	}
	p.run.closeFile()
	if o.closes != 1 {
		t.Error("the file is left open")
	}
	if got, want := p.result(t, p.call(t, "read_file", append(name, 2, 0, 1)...)), "invalid_argument: read_file q_x: the data item has no file 2 | it has 2, counted from 0"; got != want {
		t.Errorf("got %q", got)
	}
	// Without pieces the content is part of the value.
	if got, want := p.result(t, p.call(t, "find_data", name...)), `{"name":"reference","contentType":"text/plain","content":"dGhlIGNvbnRlbnQgb2YgYSBmaWxl"}]`; !strings.HasSuffix(got, want) {
		t.Errorf("find_data returned %s", got)
	}
	if h.value.([]any)[1].(*hostapi.File).Open == nil { //nolint:errcheck // a panic fails the test
		t.Error("find_data changed the host's value")
	}

	big := o.file("big", content)
	big.Size = 1 << 40
	h.value = []any{big}
	for call, want := range map[string]string{
		"find_data": "limit: find_data: memory limit of 64 KiB reached | read large files in pieces, with find_files and read_file, or ",
		"read_file": "limit: read_file: memory limit of 64 KiB reached | ",
	} {
		args := name
		if call == "read_file" {
			args = append(name, 0, 0, 64<<10+1)
		}
		if got := p.result(t, p.call(t, call, args...)); !strings.HasPrefix(got, want) {
			t.Errorf("%s of a large file: %q", call, got)
		}
	}
	if got := p.result(t, p.call(t, "read_file", append(name, 0, 10, 100)...)); got != "internal: file big: the content ends after 21 bytes of 1099511627776 | File.Size has to be what Open's reader has" {
		t.Errorf("a short file: %q", got)
	}
	for _, v := range []any{"text", []any{"text"}, map[string]any{}} {
		h.value = v
		if got := p.result(t, p.call(t, "find_files", name...)); got != "invalid_argument: find_files q_x: the data item holds no files" {
			t.Errorf("files of %v: %q", v, got)
		}
	}
	h.value = nil
	if got := p.result(t, p.call(t, "find_files", name...)); got != "ok null" {
		t.Errorf("files of no value: %q", got)
	}
}

// An offset is signed, and has more than 32 bits.
func TestReadFileFarBeyond(t *testing.T) {
	t.Parallel()
	p := newDriver(t, &host{value: []any{&hostapi.File{Name: "a", Content: []byte("x")}}}, hostapi.DefaultLimits())
	name := p.write(t, "q_x")
	for offset, want := range map[int64]string{1 << 62: "ok ", -1: "invalid_argument: read_file: the offset is negative"} {
		results, err := p.module.ExportedFunction("read_file").Call(p.ctx, uint64(name[0]), uint64(name[1]), 0, uint64(offset), 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.result(t, results[0]); got != want {
			t.Errorf("at %d: %q", offset, got)
		}
	}
}

func TestResponsePart(t *testing.T) {
	t.Parallel()
	p := newDriver(t, &host{response: &hostapi.Response{Status: 200, Body: []byte("the body")}}, hostapi.DefaultLimits())
	if got := p.result(t, p.call(t, "response_part", 0, 1)); !strings.HasPrefix(got, "invalid_argument: response_part: there is no response") {
		t.Errorf("before a request: %q", got)
	}
	p.call(t, "request", append(p.write(t, "{}"), 0, 0)...)
	for want, args := range map[string][]uint32{"ok the": {0, 3}, "ok body": {4, 100}, "ok ": {8, 1}} {
		if got := p.result(t, p.call(t, "response_part", args...)); got != want {
			t.Errorf("%v: %q, want %q", args, got, want)
		}
	}
}

// What a guest sets: its own bytes, base64, and files of data items.
func TestSetFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		json, content string
		want          []any // nil: no value is set
		err           string
	}{
		{`[]`, "", []any{}, ""},
		{`null`, "", nil, ""},
		{`[{"name":"a.txt","size":3},{"name":"b.bin","contentType":"x/y","size":2},{"name":"c"}]`, "abcde", []any{
			&hostapi.File{Name: "a.txt", ContentType: "text/plain", Content: []byte("abc")},
			&hostapi.File{Name: "b.bin", ContentType: "x/y", Content: []byte("de")},
			&hostapi.File{Name: "c", ContentType: "application/octet-stream", Content: []byte{}},
		}, ""},
		{`[{"name":"a","content":"AAE="}]`, "", []any{&hostapi.File{Name: "a", ContentType: "application/octet-stream", Content: []byte{0, 1}}}, ""},
		{`[{"item":"q","index":0},{"item":"q","name":"b.png","contentType":"image/png"}]`, "", []any{
			&hostapi.File{Name: "given", ContentType: "text/plain", Content: []byte("x")},
			&hostapi.File{Name: "b.png", ContentType: "image/png", Content: []byte("x")},
		}, ""},
		{`[{"name":"a","size":3}]`, "ab", nil, "invalid_argument: set_files: the size is 3, and 2 bytes of content are left"},
		{`[{"name":"a","size":-1}]`, "ab", nil, "invalid_argument: set_files: the size is -1, and 2 bytes of content are left"},
		{`[{"name":"a","size":1}]`, "ab", nil, "invalid_argument: set_files: 1 bytes of content are left over: each file or part takes as many as its size"},
		{`[{"name":"a","size":0,"content":""}]`, "", nil, "invalid_argument: set_files: a file has more than one of content, size and item"},
		{`[{"size":0,"item":"q"}]`, "", nil, "invalid_argument: set_files: a file has more than one of content, size and item"},
		{`[{"item":"q","index":1}]`, "", nil, "invalid_argument: set_files q: the data item has no file 1 | it has 1, counted from 0"},
		{`[{"item":"q","index":-1}]`, "", nil, "invalid_argument: set_files q: the data item has no file -1 | it has 1, counted from 0"},
		{`[{"name":"a","path":"/"}]`, "", nil, `invalid_argument: set_files: not well-formed JSON: json: unknown field "path"`},
		{`{}`, "", nil, `invalid_argument: set_files: field "" cannot be a JSON object`},
		{`[{"name":"a","size":1001}]`, strings.Repeat("x", 1001), nil, "limit: set_files: data size limit of 1000 bytes reached"},
		{`[{"name":"a","contentType":"x","size":0}]`, "", nil, "invalid_argument: set_files: a file's content type"},
	} {
		given := []any{&hostapi.File{Name: "given", ContentType: "text/plain", Content: []byte("x")}}
		h := &host{value: given}
		limits := hostapi.DefaultLimits()
		limits.DataBytes = 1000
		p := newDriver(t, h, limits)
		got := p.result(t, p.call(t, "set_files", p.write(t, "q", tt.json, tt.content)...))
		if tt.err != "" {
			if !strings.HasPrefix(got, tt.err) || !reflect.DeepEqual(h.value, any(given)) {
				t.Errorf("%s: returned %q, set %v\nwant %q", tt.json, got, h.value, tt.err)
			}
			continue
		}
		if got != "ok " || !reflect.DeepEqual(h.value, any(tt.want)) {
			t.Errorf("%s: returned %q, set %#v", tt.json, got, h.value)
		}
	}
}

// A reference can be given wherever a file can.
func TestFilesByReference(t *testing.T) {
	t.Parallel()
	o := new(opened)
	f := o.file("a.txt", "content")
	for _, tt := range []struct {
		call  string
		texts []string
		got   func(h *host) any
		want  any
	}{
		{"set_data", []string{"q", `[{"item":"q","index":0},{"item":"q","index":0,"name":"b.txt"}]`}, func(h *host) any { return h.value.([]any)[0] }, f},                                              //nolint:errcheck // a panic fails the test
		{"set_files", []string{"q", `[{"item":"q","index":0}]`, ""}, func(h *host) any { return h.value.([]any)[0] }, f},                                                                               //nolint:errcheck // a panic fails the test
		{"post_feed", []string{`{"message":"m","files":[{"item":"q","index":0}]}`}, func(h *host) any { return h.message.(hostapi.FeedPost).Files[0] }, f},                                             //nolint:errcheck // a panic fails the test
		{"send_email", []string{`{"from":{"address":"a@example.com"},"to":[{"address":"b@example.com"}],"files":[{"item":"q"}]}`}, func(h *host) any { return h.message.(hostapi.Email).Files[0] }, f}, //nolint:errcheck // a panic fails the test
		{"request", []string{`{"method":"PUT","url":"https://h/","bodyFile":{"item":"q","index":0}}`}, func(h *host) any { return h.request.BodyFile }, f},
		{"request", []string{`{"method":"PUT","url":"https://h/","bodyFile":{"item":"q","index":0}}`}, func(h *host) any { return h.request.ContentType }, "text/plain"},
		{"request", []string{`{"multipart":[{"name":"f","file":{"item":"q"}}]}`}, func(h *host) any { return h.request.Multipart[0].File }, f},
		{"request", []string{`{"multipart":[{"name":"f","file":{"item":"q"}}]}`}, func(h *host) any { return h.request.Multipart[0].FileName }, "a.txt"},
		{"request", []string{`{"multipart":[{"name":"f","fileName":"b","contentType":"x/y","file":{"item":"q"}}]}`}, func(h *host) any { return h.request.Multipart[0].ContentType }, "x/y"},
		{"request", []string{`{"multipart":[{"name":"a","size":2},{"name":"b","content":"AA=="},{"name":"c","size":3}]}`, "abcde"}, func(h *host) any {
			return string(h.request.Multipart[0].Content) + string(h.request.Multipart[1].Content) + string(h.request.Multipart[2].Content)
		}, "ab\x00cde"},
		{"request", []string{`{"multipart":[{"name":"a","size":2}]}`, "ab"}, func(h *host) any { return h.request.Body }, []byte(nil)},
	} {
		h := &host{value: []any{f}, response: new(hostapi.Response), items: []hostapi.Item{{VarName: "q", Type: hostapi.TypeFile}}}
		p := newDriver(t, h, hostapi.DefaultLimits())
		args := p.write(t, tt.texts...)
		if tt.call == "request" && len(args) == 2 {
			args = append(args, 0, 0)
		}
		if got := p.result(t, p.call(t, tt.call, args...)); !strings.HasPrefix(got, "ok ") {
			t.Errorf("%s %q returned %q", tt.call, tt.texts, got)
			continue
		}
		got := tt.got(h)
		if file, ok := got.(*hostapi.File); ok {
			if file.Name != f.Name || file.Size != f.Size || file.Open == nil {
				t.Errorf("%s %q: got %+v", tt.call, tt.texts, file)
			}
		} else if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s %q: got %#v, want %#v", tt.call, tt.texts, got, tt.want)
		}
	}
	if o.opens > 0 {
		t.Errorf("opened %d times, though nothing was read", o.opens)
	}
}

func TestFilesByReferenceRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		call  string
		texts []string
		want  string
	}{
		{"set_data", []string{"q", `[{"item":"q","index":0.5}]`}, `invalid_argument: set_data: a reference to a file is {"item", "index", "name", "contentType"}`},
		{"set_data", []string{"q", `[{"item":"q","content":""}]`}, `invalid_argument: set_data: a reference to a file is {"item", "index", "name", "contentType"}`},
		{"set_data", []string{"q", `[{"item":1}]`}, `invalid_argument: set_data: a reference to a file is {"item", "index", "name", "contentType"}`},
		{"set_data", []string{"q", `[{"item":"q","index":7}]`}, `invalid_argument: set_data q: the data item has no file 7 | it has 1, counted from 0`},
		{"post_feed", []string{`{"message":"m","files":[{"name":"a","size":1}]}`}, "invalid_argument: post_feed: a file has a size: its content cannot be passed apart from the JSON here"},
		{"request", []string{`{"bodyFile":{"item":"q","index":1}}`, ""}, "invalid_argument: request q: the data item has no file 1 | it has 1, counted from 0"},
		{"request", []string{`{"multipart":[{"name":"a","size":2,"content":""}]}`, "ab"}, "invalid_argument: request: a part has more than one of content, size and file"},
		{"request", []string{`{"multipart":[{"name":"a","size":3}]}`, "ab"}, "invalid_argument: request: the size is 3, and 2 bytes of content are left"},
		{"request", []string{`{"multipart":[{"name":"a","size":1}]}`, "ab"}, "invalid_argument: request: 1 bytes of content are left over: each file or part takes as many as its size"},
	} {
		h := &host{value: []any{new(opened).file("a", "x")}, response: new(hostapi.Response), items: []hostapi.Item{{VarName: "q", Type: hostapi.TypeFile}}}
		p := newDriver(t, h, hostapi.DefaultLimits())
		if got := p.result(t, p.call(t, tt.call, p.write(t, tt.texts...)...)); got != tt.want {
			t.Errorf("%s %q returned %q, want %q", tt.call, tt.texts, got, tt.want)
		}
		if h.request != nil {
			t.Errorf("%q was sent", tt.texts)
		}
	}
}
