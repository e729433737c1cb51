package wasmvm

import (
	"cmp"
	"errors"
	"reflect"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// What a guest has for files are JSON objects. A host gets files, which count by
// the bytes in them.
func TestSetDataFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json string
		want       any
		err        string
	}{
		{"type of the extension", `[{"name":"a.csv","content":"AAE="}]`, []any{&hostapi.File{Name: "a.csv", ContentType: "text/csv", Content: []byte{0, 1}}}, ""},
		{"empty", `[{"name":"a","contentType":"","content":null}]`, []any{&hostapi.File{Name: "a", ContentType: "application/octet-stream", Content: []byte{}}}, ""},
		{"other parameters are dropped", `[{"name":"a","contentType":"text/plain; x=1; charset=Shift_JIS"}]`, []any{&hostapi.File{Name: "a", ContentType: "text/plain; charset=Shift_JIS", Content: []byte{}}}, ""},
		{"no type", `[{"name":"a","contentType":"text"}]`, []any{map[string]any{"name": "a", "contentType": "text"}}, ""}, // the host refuses it
		{"not UTF-8", "[{\"name\":\"\xff\"}]", nil, "invalid_argument: set_data: the JSON is not UTF-8"},
		{"cleared", `null`, nil, ""},
		{"none", `[]`, []any{}, ""},
		{"not a file", `[{"content":"AAE="}]`, []any{map[string]any{"content": "AAE="}}, ""}, // the host refuses it
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := &host{items: []hostapi.Item{{VarName: "q_x", Type: hostapi.TypeFile, Bounds: hostapi.Bounds{Required: true}}}}
			p := newDriver(t, h, hostapi.DefaultLimits())
			got := p.result(t, p.call(t, "set_data", p.write(t, "q_x", tt.json)...))
			if want := cmp.Or(tt.err, "ok "); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if !reflect.DeepEqual(h.value, tt.want) {
				t.Errorf("the host was given %#v, want %#v", h.value, tt.want)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	const from, to = `"from":{"name":"Ada","address":"a@x.test"}`, `"to":[{"address":"b@x.test"}]`
	ada, b := hostapi.Address{Name: "Ada", Address: "a@x.test"}, []hostapi.Address{{Address: "b@x.test"}}
	note := []*hostapi.File{{Name: "n.txt", ContentType: "text/plain", Content: []byte("n")}}
	tests := []struct {
		name, call, json string
		host             host
		want             string
		message          any
	}{
		{"post", "post_feed", `{"channel":"c","messageId":9,"message":"m","markdown":true,"groupId":5,"files":[{"name":"n.txt","content":"bg=="}]}`, host{}, "ok 3", hostapi.FeedPost{Channel: "c", MessageID: new(int64(9)), Message: "m", Markdown: true, GroupID: new(int64(5)), Files: note}},
		{"no content", "post_feed", `{"files":[{"name":"a"}]}`, host{}, "ok 3", hostapi.FeedPost{Files: []*hostapi.File{{Name: "a", ContentType: "application/octet-stream", Content: []byte{}}}}},
		{"post fails", "post_feed", `{}`, host{err: errors.New("odd")}, "internal: post_feed: failed: odd", hostapi.FeedPost{}},
		{"misspelt", "post_feed", `{"text":"m"}`, host{}, `invalid_argument: post_feed: not well-formed JSON: json: unknown field "text"`, nil},
		{"wrong type", "post_feed", `{"groupId":"5"}`, host{}, `invalid_argument: post_feed: field "groupId" cannot be a JSON string`, nil},
		{"null file", "post_feed", `{"files":[null]}`, host{}, "invalid_argument: post file 1: a file has no name", nil},
		{"file without type", "post_feed", `{"files":[{"name":"a","contentType":"a\nb"}]}`, host{}, `invalid_argument: post_feed: a file's content type: "a\nb" is not a content type: expected slash after first token`, nil},
		{"content that is no base64", "post_feed", `{"files":[{"name":"a","content":"%"}]}`, host{}, "invalid_argument: post_feed: not well-formed JSON: illegal base64 data at input byte 0", nil},
		{"email", "send_email", "{" + from + "," + to + `,"replyTo":{"address":"c@x.test"},"subject":"s","body":"b","files":[{"name":"n.txt","content":"bg=="}]}`, host{}, "ok ", hostapi.Email{From: ada, To: b, ReplyTo: &hostapi.Address{Address: "c@x.test"}, Subject: "s", Body: "b", Files: note}},
		{"email fails", "send_email", "{" + from + "," + to + "}", host{err: errors.New("odd")}, "internal: send_email: failed: odd", hostapi.Email{From: ada, To: b}},
		{"no sender", "send_email", "{" + to + "}", host{}, "invalid_argument: send: the message has no sender or no recipient | set from and to first", nil},
		{"no recipient", "send_email", "{" + from + "}", host{}, "invalid_argument: send: the message has no sender or no recipient | set from and to first", nil},
		{"recipient without address", "send_email", "{" + from + `,"to":[{"name":"B"}]}`, host{}, "invalid_argument: send to 1: the address is empty | write each address as name@example.com, one at a time, and its display name apart from it", nil},
		{"file of an email", "send_email", "{" + from + "," + to + `,"files":[{}]}`, host{}, "invalid_argument: send file 1: a file has no name", nil},
		{"not UTF-8", "post_feed", "{\"message\":\"\xff\"}", host{}, "invalid_argument: post_feed: the JSON is not UTF-8", nil},
		{"nothing", "send_email", "", host{}, "invalid_argument: send_email: not well-formed JSON: unexpected EOF", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newDriver(t, &tt.host, hostapi.DefaultLimits())
			if got := p.result(t, p.call(t, tt.call, p.write(t, tt.json)...)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if !reflect.DeepEqual(tt.host.message, tt.message) {
				t.Errorf("the host was given %#v, want %#v", tt.host.message, tt.message)
			}
		})
	}
}

// The content of a message is bounded by what a task may write, before anything
// is made of it.
func TestLargeObject(t *testing.T) {
	t.Parallel()
	limits := hostapi.DefaultLimits()
	limits.DataBytes, limits.RequestBytes, limits.Memory = 1000, 100, 64<<20
	for name, want := range map[string]string{
		"post_feed":  "limit: post_feed: data size limit of 1000 bytes reached | raise the limit data_bytes",
		"send_email": "limit: send_email: data size limit of 1000 bytes reached | raise the limit data_bytes",
		"request":    "limit: request: request size limit of 100 bytes reached | raise the limit request_bytes",
	} {
		p := newDriver(t, new(host), limits)
		if _, ok := p.module.Memory().Grow(20); !ok {
			t.Fatal("no more memory")
		}
		args := []uint32{8, 1_050_078, 0, 0}[:len(p.module.ExportedFunction(name).Definition().ParamTypes())]
		if got := p.result(t, p.call(t, name, args...)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
