package wasmvm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// driver is an instance whose exports are the imports of the ABI, so that a
// test can make any call that a guest could.
type driver struct {
	ctx    context.Context
	run    *run
	module api.Module
}

func newDriver(tb testing.TB, host sandbox.Host, limits hostapi.Limits) *driver {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	vm := openVM(tb)
	wasm, err := os.ReadFile("testdata/driver.wasm")
	if err != nil {
		tb.Fatal(err)
	}
	program, err := vm.Compile(ctx, "driver.wasm", wasm, nil, nil)
	if err != nil {
		tb.Fatal(err)
	}
	p := &driver{run: &run{program: program, host: host, limits: limits, started: true}}
	p.ctx = context.WithValue(ctx, runKey{}, p.run)
	if p.module, err = vm.runtime.InstantiateModule(p.ctx, program.compiled, wazero.NewModuleConfig()); err != nil {
		tb.Fatal(err)
	}
	return p
}

func (p *driver) call(tb testing.TB, name string, args ...uint32) uint64 {
	tb.Helper()
	wide := make([]uint64, len(args))
	for i, a := range args {
		wide[i] = uint64(a)
	}
	results, err := p.module.ExportedFunction(name).Call(p.ctx, wide...)
	if err != nil {
		tb.Fatalf("%s%v ended the guest: %v", name, args, err)
	}
	if len(results) == 0 {
		return 0
	}
	return results[0]
}

// write puts texts into the guest's memory, one after the other from address
// 8 on, and returns a pointer and a length for each.
func (p *driver) write(tb testing.TB, texts ...string) []uint32 {
	tb.Helper()
	var args []uint32
	at := uint32(8)
	for _, s := range texts {
		if !p.module.Memory().WriteString(at, s) {
			tb.Fatal("does not fit into memory")
		}
		args = append(args, at, uint32(len(s)))
		at += uint32(len(s))
	}
	return args
}

// result fetches the result of a call, in pieces of 7 bytes, as
// "status text".
func (p *driver) result(tb testing.TB, status uint64) string {
	tb.Helper()
	const buffer = 60000
	var text []byte
	for {
		n := uint32(p.call(tb, "read_result", buffer, 7))
		if n == 0 {
			break
		}
		piece, ok := p.module.Memory().Read(buffer, n)
		if !ok {
			tb.Fatalf("read_result returned %d", int32(n))
		}
		text = append(text, piece...)
	}
	if uint32(status) != uint32(len(text)) {
		tb.Errorf("the result is said to have %d bytes and has %d", uint32(status), len(text))
	}
	switch status >> 32 {
	case 0:
		return "ok " + string(text)
	case 1:
		var e struct{ Code, Message, Hint string }
		if err := json.Unmarshal(text, &e); err != nil {
			tb.Errorf("the error %q is not JSON: %v", text, err)
		}
		return strings.TrimSuffix(e.Code+": "+e.Message+" | "+e.Hint, " | ")
	}
	tb.Errorf("status %d", status>>32)
	return ""
}

func TestOperations(t *testing.T) {
	t.Parallel()
	denied := &hostapi.Error{Code: hostapi.CodeDenied, Op: "op", Name: "name", Message: "no", Hint: "ask"}
	const deniedText = "denied: op name: no | ask"
	tests := []struct {
		name  string
		call  string
		texts []string // become arguments
		host  host
		want  string
		got   string // by the host
	}{
		{"value", "find_data", []string{"q_x"}, host{value: map[string]any{"a": []any{1.0, "<é>"}}}, `ok {"a":[1,"<é>"]}`, "q_x"},
		{"decimal", "find_data", []string{"q_x"}, host{value: hostapi.Decimal("1.50")}, "ok 1.50", "q_x"},
		{"no value", "find_data", []string{"q_x"}, host{}, "ok null", "q_x"},
		{"name is empty", "find_data", []string{""}, host{}, "ok null", ""},
		{"name is not text", "find_data", []string{"\xff"}, host{}, "invalid_argument: find_data: the name is not UTF-8", ""},
		{"find fails", "find_data", []string{"q_x"}, host{err: denied}, deniedText, "q_x"},
		{"find fails oddly", "find_data", []string{"q_x"}, host{err: errors.New("odd")}, "internal: find_data: failed: odd", "q_x"},
		{"set", "set_data", []string{"q_x", ` "a" `}, host{}, "ok ", "q_x"},
		{"set fails", "set_data", []string{"q_x", "1"}, host{err: denied}, deniedText, "q_x"},
		{"set nothing", "set_data", []string{"q_x", ""}, host{}, "invalid_argument: set_data: not well-formed JSON: unexpected EOF", ""},
		{"set half", "set_data", []string{"q_x", `{"a":`}, host{}, "invalid_argument: set_data: not well-formed JSON: unexpected EOF", ""},
		{"set two", "set_data", []string{"q_x", "1 2"}, host{}, "invalid_argument: set_data: more than one JSON value was given", ""},
		{"set nested", "set_data", []string{"q_x", strings.Repeat("[", 200)}, host{}, "invalid_argument: set_data: the value is nested more than 100 levels deep", ""},
		{"set too much", "set_data", []string{"q_x", "[" + strings.Repeat("[],", 400) + "0]"}, host{}, "limit: set_data: data size limit of 1000 bytes reached | raise the limit data_bytes", ""},
		{"log malformed", "log_at_1", []string{"a\xffb"}, host{}, "ok ", "info: a\ufffdb"},
		{"log debug", "log_at_0", []string{"m"}, host{}, "ok ", "debug: m"},
		{"log warn", "log_at_2", []string{""}, host{}, "ok ", "warn: "},
		{"log error", "log_at_3", []string{"m"}, host{err: denied}, deniedText, "error: m"},
		{"log at no level", "log_at_4", []string{"m"}, host{}, "invalid_argument: log: the level is 4, not one of 0 to 3", ""},
		{"token", "get_oauth2_token", []string{"crm"}, host{token: "t"}, "ok t", "crm"},
		{"token fails", "get_oauth2_token", []string{"crm"}, host{err: denied}, deniedText, "crm"},
		{"decode", "decode_text", []string{"text/plain; charset=Shift_JIS", "\x93\xfa"}, host{}, "ok 日", ""},
		{"decode UTF-8", "decode_text", []string{"", "\ufeffé"}, host{}, "ok é", ""},
		{"file", "find_data", []string{"q_x"}, host{value: []any{&hostapi.File{Name: "a", ContentType: "text/plain", Content: []byte{0}}}}, `ok [{"name":"a","contentType":"text/plain","content":"AA=="}]`, "q_x"},
		{"user", "find_data", []string{"q_x"}, host{value: hostapi.User{ID: 1 << 60, Name: "Ada", Email: "a@example.com"}}, `ok {"id":1152921504606846976,"name":"Ada","email":"a@example.com"}`, "q_x"},
		{"encode", "encode_text", []string{"text/plain; charset=Shift_JIS", "日é"}, host{}, "ok \x93\xfa?", ""},
		{"encode as UTF-8", "encode_text", []string{"", "é"}, host{}, "ok é", ""},
		{"encode what is not text", "encode_text", []string{"", "\xff"}, host{}, "invalid_argument: encode_text: the text is not UTF-8", ""},
		{"items", "data_items", nil, host{items: []hostapi.Item{{VarName: "q_x", Type: "STRING", Number: 1, Name: "X"}}}, `ok [{"varName":"q_x","type":"STRING","number":1,"name":"X"}]`, ""},
		{"items of any name", "data_items", nil, host{}, "ok null", ""},
		{"setting", "setting", []string{"conf"}, host{setting: &hostapi.Setting{Item: "q_x"}}, `ok {"item":"q_x"}`, "conf"},
		{"empty setting", "setting", []string{"conf"}, host{setting: new(hostapi.Setting)}, "ok {}", "conf"},
		{"no setting", "setting", []string{"conf"}, host{}, "ok null", "conf"},
		{"process", "process", nil, host{process: hostapi.Process{InstanceID: 7, TimeZone: "Asia/Tokyo", Started: []string{"m1"}}}, `ok {"instanceId":7,"modelInfoId":0,"debug":false,"timeZone":"Asia/Tokyo","started":["m1"]}`, ""},
		{"process without a time zone", "process", nil, host{}, `ok {"instanceId":0,"modelInfoId":0,"debug":false,"timeZone":"UTC"}`, ""},
		{"token info", "get_oauth2_token_info", []string{"crm"}, host{}, `ok {"token_type":"Bearer","scope":"a b"}`, "crm"},
		{"token info, all of it", "get_oauth2_token_info", []string{"crm"}, host{info: &hostapi.TokenInfo{
			TokenType: "DPoP", Expiry: time.Date(2030, 1, 2, 15, 4, 5, 0, time.UTC),
			Fields: map[string]any{"team.id": hostapi.Decimal("12345678901234567890"), "trial": false, "url": "https://h/?a&b"},
		}}, `ok {"token_type":"DPoP","scope":"","expires_at":"2030-01-02T15:04:05Z","fields":{"team.id":12345678901234567890,"trial":false,"url":"https://h/?a&b"}}`, "crm"},
		{"token info fails", "get_oauth2_token_info", []string{"crm"}, host{err: denied}, deniedText, "crm"},
		{"auth setting", "auth_setting", []string{"crm"}, host{}, `ok {"name":"crm","scope":"a b","clientId":"id"}`, "crm"},
		{"auth setting fails", "auth_setting", []string{"crm"}, host{err: denied}, deniedText, "crm"},
		{"save", "save_temporary_data", []string{"é"}, host{}, "ok ", "é"},
		{"save what is not text", "save_temporary_data", []string{"\xff"}, host{}, "invalid_argument: save_temporary_data: the text is not UTF-8", ""},
		{"save fails", "save_temporary_data", []string{""}, host{err: denied}, deniedText, ""},
		{"restore", "restore_temporary_data", nil, host{kept: new("<é>")}, `ok "<é>"`, ""},
		{"restore nothing", "restore_temporary_data", nil, host{}, "ok null", ""},
		{"restore fails", "restore_temporary_data", nil, host{err: denied}, deniedText, ""},
		{"start", "start_process_at_1", nil, host{}, "ok ", "true"},
		{"do not start", "start_process_at_0", nil, host{}, "ok ", "false"},
		{"start otherwise", "start_process_at_2", nil, host{}, "invalid_argument: start_process: start is 2, not 0 or 1", ""},
		{"start fails", "start_process_at_1", nil, host{err: denied}, deniedText, "true"},
		{"body of no response", "response_body", nil, host{}, "invalid_argument: response_body: there is no response: no request succeeded yet, or the last one failed", ""},
		{"result too large", "get_oauth2_token", []string{"crm"}, host{token: strings.Repeat("x", 70000)}, "limit: get_oauth2_token: memory limit of 64 KiB reached | raise the limit memory", "crm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limits := hostapi.DefaultLimits()
			limits.DataBytes, limits.Memory = 1000, 64<<10
			p := newDriver(t, &tt.host, limits)
			args := p.write(t, tt.texts...)
			name, level, ok := strings.Cut(tt.call, "_at_")
			if ok {
				args = append([]uint32{uint32(level[0] - '0')}, args...)
			}
			if got := p.result(t, p.call(t, name, args...)); got != tt.want {
				t.Errorf("%s returned %q, want %q", name, got, tt.want)
			}
			if tt.host.got != tt.got {
				t.Errorf("the host was asked %q, want %q", tt.host.got, tt.got)
			}
		})
	}
}

func TestSetDataValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json string
		want any
	}{
		{"null", nil},
		{"true", true},
		{`"é\n"`, "é\n"},
		{"1", 1.0},
		{"-0.5", -0.5},
		{"1e+21", 1e21},
		{"1.50", hostapi.Decimal("1.50")},
		{"12345678901234567890", hostapi.Decimal("12345678901234567890")},
		{"1e999", hostapi.Decimal("1e999")},
		{"[]", []any{}},
		{"{}", map[string]any{}},
		{`[1,[null],{"a":{"b":false}}]`, []any{1.0, []any{nil}, map[string]any{"a": map[string]any{"b": false}}}},
	}
	for _, tt := range tests {
		t.Run(tt.json, func(t *testing.T) {
			t.Parallel()
			h := new(host)
			p := newDriver(t, h, hostapi.DefaultLimits())
			if got := p.result(t, p.call(t, "set_data", p.write(t, "x", tt.json)...)); got != "ok " {
				t.Fatal(got)
			}
			if !reflect.DeepEqual(h.value, tt.want) {
				t.Errorf("the host was given %#v, want %#v", h.value, tt.want)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	answer := &hostapi.Response{Status: 201, Header: http.Header{"A": {"1", "2"}}, Body: []byte("\x00body")}
	tests := []struct {
		name string
		head string
		body string // "-" for none
		want string
	}{
		{"no body", `{"method":"GET","url":"https://x/"}`, "-", `ok {"status":201,"header":{"A":["1","2"]}}`},
		{"empty body", `{"method":"POST","url":"https://x/"}`, "", `ok {"status":201,"header":{"A":["1","2"]}}`},
		{"body", `{"method":"POST","url":"https://x/"}`, "abc", `ok {"status":201,"header":{"A":["1","2"]}}`},
		{"signature", `{"method":"GET","url":"https://x/","awsSignV4":{"accessKey":"a","secretKey":"s","region":"r","service":"s3"}}`, "-", `ok {"status":201,"header":{"A":["1","2"]}}`},
		{"misspelt signature", `{"method":"GET","url":"https://x/","awsSignV4":{"key":"a"}}`, "-", `invalid_argument: request: not well-formed JSON: json: unknown field "key"`},
		{"unknown field", `{"methode":"GET"}`, "-", `invalid_argument: request: not well-formed JSON: json: unknown field "methode"`},
		{"wrong type", `{"header":[{"name":1}]}`, "-", `invalid_argument: request: field "header.name" cannot be a JSON number`},
		{"two values", `{} {}`, "-", "invalid_argument: request: more than one JSON value was given"},
		{"not JSON", "GET", "-", "invalid_argument: request: not well-formed JSON: invalid character 'G' looking for beginning of value"},
		{"nothing", "", "-", "invalid_argument: request: not well-formed JSON: unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := &host{response: answer}
			limits := hostapi.DefaultLimits()
			limits.RequestBytes = 100
			p := newDriver(t, h, limits)
			var args []uint32
			if tt.body == "-" {
				args = append(p.write(t, tt.head), 0, 0)
			} else {
				args = p.write(t, tt.head, tt.body)
			}
			got := p.result(t, p.call(t, "request", args...))
			if got != tt.want {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			body := p.result(t, p.call(t, "response_body"))
			if !strings.HasPrefix(got, "ok ") {
				if h.request != nil || strings.HasPrefix(body, "ok ") {
					t.Errorf("a refused request was sent, or has a body: %q", body)
				}
				return
			}
			if (h.request.Body == nil) != (tt.body == "-") || h.request.Body != nil && string(h.request.Body) != tt.body {
				t.Errorf("sent body %#v, want %q", h.request.Body, tt.body)
			}
			if body != "ok \x00body" {
				t.Errorf("response_body returned %q", body)
			}
		})
	}
}

func TestResponseIsTheLast(t *testing.T) {
	t.Parallel()
	h := &host{response: &hostapi.Response{Status: 200, Body: []byte("first")}}
	p := newDriver(t, h, hostapi.DefaultLimits())
	args := append(p.write(t, "{}"), 0, 0)
	if got := p.result(t, p.call(t, "request", args...)); got != `ok {"status":200,"header":{}}` {
		t.Fatal(got)
	}
	for range 2 { // it can be fetched more than once
		if got := p.result(t, p.call(t, "response_body")); got != "ok first" {
			t.Error(got)
		}
	}
	h.err = errors.New("no")
	p.call(t, "request", args...)
	if got := p.result(t, p.call(t, "response_body")); strings.HasPrefix(got, "ok") {
		t.Errorf("after a request that failed there is a body: %q", got)
	}
}

func TestPointers(t *testing.T) {
	t.Parallel()
	const size = 64 << 10
	tests := []struct {
		name            string
		pointer, length uint32
		ok              bool
	}{
		{"the last byte", size - 1, 1, true},
		{"nothing at the end", size, 0, true},
		{"one past the end", size, 1, false},
		{"across the end", size - 1, 2, false},
		{"nothing past the end", size + 1, 0, false},
		{"all but one of 4 GiB", 0, 0xffffffff, false},
		{"a sum of 0 in 32 bits", 0xffffffff, 1, false},
		{"a small sum in 32 bits", 0xffffff00, 0x110, false},
		{"negative", 0xffffffff, 0xffffffff, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := &host{value: "x", response: new(hostapi.Response)}
			p := newDriver(t, h, hostapi.DefaultLimits())
			at, n := tt.pointer, tt.length
			for name, args := range map[string][]uint32{
				"find_data":        {at, n},
				"get_oauth2_token": {at, n},
				"log":              {1, at, n},
				"decode_text":      {8, 0, at, n},
				"encode_text":      {8, 0, at, n},
				"auth_setting":     {at, n},
				"setting":          {at, n},

				"get_oauth2_token_info": {at, n},
				"save_temporary_data":   {at, n},
			} {
				h.got = "not asked"
				got := p.result(t, p.call(t, name, args...))
				if ok := strings.HasPrefix(got, "ok "); ok != tt.ok {
					t.Errorf("%s returned %q", name, got)
				}
				if !tt.ok && (h.got != "not asked" || !strings.Contains(got, "are not all in the guest's memory of 65536 bytes")) {
					t.Errorf("%s: the host was asked %q, the guest told %q", name, h.got, got)
				}
			}
			for name, args := range map[string][]uint32{
				"find_data":   {at, n},
				"set_data":    {at, n, at, n},
				"request":     {at, n, at, n},
				"decode_text": {at, n, 8, 0},
				"encode_text": {at, n, 8, 0},
				"post_feed":   {at, n},
				"send_email":  {at, n},
			} {
				if got := p.result(t, p.call(t, name, args...)); !tt.ok && !strings.HasPrefix(got, "invalid_argument: ") {
					t.Errorf("%s returned %q", name, got)
				}
			}
		})
	}
	t.Run("a body without a pointer", func(t *testing.T) {
		t.Parallel()
		p := newDriver(t, new(host), hostapi.DefaultLimits())
		args := append(p.write(t, "{}"), 0, 5)
		if got, want := p.result(t, p.call(t, "request", args...)), "invalid_argument: request: the body has a length but no pointer"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestReadResult(t *testing.T) {
	t.Parallel()
	p := newDriver(t, &host{token: "0123456789"}, hostapi.DefaultLimits())
	if n := p.call(t, "read_result", 0, 10); n != 0 {
		t.Errorf("before any call there were %d bytes to read", n)
	}
	p.call(t, "get_oauth2_token", 0, 0)
	steps := []struct {
		pointer, length uint32
		want            int32
		memory          string // at 1000
	}{
		{1000, 0, 0, "....."},
		{1000, 4, 4, "0123."},
		{65535, 2, -1, "0123."}, // refused whole, nothing is lost
		{0xffffffff, 0xffffffff, -1, "0123."},
		{1000, 3, 3, "4563."},
		{1000, 60000, 3, "7893."}, // no more than there is
		{1000, 5, 0, "7893."},
	}
	p.module.Memory().WriteString(1000, ".....")
	for i, s := range steps {
		if n := int32(p.call(t, "read_result", s.pointer, s.length)); n != s.want {
			t.Errorf("step %d returned %d, want %d", i, n, s.want)
		}
		if got, _ := p.module.Memory().Read(1000, 5); string(got) != s.memory {
			t.Errorf("step %d left %q, want %q", i, got, s.memory)
		}
	}
}

func TestRequestingLimit(t *testing.T) {
	t.Parallel()
	if n := newDriver(t, new(host), hostapi.DefaultLimits()).call(t, "requesting_limit"); n != 42 {
		t.Errorf("got %d, want 42", n)
	}
}

// TestDocument holds the table of docs/ABI.md against what is offered.
func TestDocument(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range newDriver(t, new(host), hostapi.DefaultLimits()).run.program.vm.offers[abiModule] {
		row := regexp.MustCompile("(?m)^\\| `" + name + "` \\| (`[a-z_, ]+`)? ?\\|( `(i32|i64)`)? ").FindStringSubmatch(string(doc))
		if row == nil {
			t.Errorf("docs/ABI.md has no row for %s", name)
			continue
		}
		params := 0
		if row[1] != "" {
			params = strings.Count(row[1], ",") + 1
		}
		result := ""
		if len(f.results) > 0 {
			result = api.ValueTypeName(f.results[0])
		}
		if params != len(f.params) || row[3] != result {
			t.Errorf("docs/ABI.md has %s with %d parameters and result %q; it is %s", name, params, row[3], f)
		}
	}
}

// TestDocumentNames holds that docs/ABI.md names every field that goes over.
func TestDocumentNames(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{
		hostapi.Request{},
		hostapi.Part{},
		hostapi.Basic{},
		hostapi.Authorization{},
		hostapi.AWSSignV4{},
		hostapi.Response{},
		hostapi.Item{},
		hostapi.Option{},
		hostapi.Column{},
		hostapi.Bounds{},
		hostapi.File{},
		hostapi.User{},
		hostapi.Group{},
		hostapi.Member{},
		hostapi.Setting{},
		hostapi.Process{},
		hostapi.AuthSetting{},
		hostapi.TokenInfo{},
		hostapi.FeedPost{},
		hostapi.Email{},
		hostapi.Address{},
	} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "-" && !regexp.MustCompile("[\"`]"+name+"[\"`]").Match(doc) {
				t.Errorf("docs/ABI.md does not tell of %q of %T", name, v)
			}
		}
	}
}

// FuzzHostCall makes one host call with any arguments over any memory. It must
// return to the guest, whatever they are, with a result that can be read; it
// must not have accepted anything outside memory, nor changed a byte.
func FuzzHostCall(f *testing.F) {
	h := &host{value: "value", token: "token", response: &hostapi.Response{Status: 200, Body: []byte("body")}}
	p := newDriver(f, h, hostapi.DefaultLimits())
	f.Add(uint8(0), uint32(0), uint32(3), uint32(0), uint32(0), []byte("q_x"))
	f.Add(uint8(1), uint32(0), uint32(1), uint32(1), uint32(7), []byte(`x{"a":1}`))
	f.Add(uint8(2), uint32(1), uint32(0), uint32(0xffffffff), uint32(0), []byte{})
	f.Add(uint8(3), uint32(0xfffffff0), uint32(0x20), uint32(0), uint32(0), []byte("crm"))
	f.Add(uint8(5), uint32(0), uint32(28), uint32(28), uint32(4), []byte(`{"method":"GET","url":"/x"}body`))
	f.Add(uint8(5), uint32(0), uint32(53), uint32(0), uint32(0), []byte(`{"multipart":[{"name":"a","content":"AAEC"}],"retry":1}`))
	f.Add(uint8(6), uint32(0), uint32(0), uint32(0), uint32(0), []byte{})
	f.Add(uint8(7), uint32(0), uint32(29), uint32(29), uint32(2), []byte("text/plain; charset=Shift_JIS\x93\xfa"))
	f.Add(uint8(8), uint32(0), uint32(25), uint32(25), uint32(2), []byte("text/plain; charset=UTF-16é"))
	f.Add(uint8(13), uint32(0), uint32(4), uint32(0), uint32(0), []byte("text"))
	f.Add(uint8(15), uint32(1), uint32(0), uint32(0), uint32(0), []byte{})
	f.Add(uint8(16), uint32(0), uint32(52), uint32(0), uint32(0), []byte(`{"message":"m","files":[{"name":"a","content":"AA"}]}`))
	f.Add(uint8(17), uint32(0), uint32(48), uint32(0), uint32(0), []byte(`{"from":{"address":"a"},"to":[{"address":"b"}]}`))
	f.Add(uint8(19), uint32(0), uint32(1), uint32(0), uint32(1), []byte("q"))
	f.Add(uint8(20), uint32(0), uint32(1), uint32(1), uint32(23), []byte(`q[{"name":"a","size":0}]`))
	f.Add(uint8(21), uint32(1), uint32(2), uint32(0), uint32(0), []byte{})
	list := operations()
	f.Fuzz(func(t *testing.T, which uint8, a, b, c, d uint32, memory []byte) {
		op := list[int(which)%len(list)]
		all, _ := p.module.Memory().Read(0, p.module.Memory().Size())
		clear(all)
		copy(all, memory)
		before := bytes.Clone(all)
		p.run.response = nil
		h.value = []any{&hostapi.File{Name: "a", Content: []byte("content")}}

		args := []uint32{a, b, c, d, d, a}[:len(op.params)]
		status := p.call(t, op.name, args...)
		if !bytes.Equal(all, before) {
			t.Error("the call changed the guest's memory")
		}
		if result := p.run.result; len(result) != int(uint32(status)) {
			t.Errorf("%d bytes of result, told %d", len(result), uint32(status))
		} else if status>>32 == 1 && !json.Valid(result) {
			t.Errorf("the error %q is not JSON", result)
		} else if status>>32 > 1 {
			t.Errorf("status %d", status>>32)
		}
		switch op.name { // what is no pointer and length
		case "log":
			args = args[1:]
		case "read_file":
			args = args[:2]
		case "response_part":
			args = nil
		}
		for i := 0; i+1 < len(args); i += 2 {
			if inside := uint64(args[i])+uint64(args[i+1]) <= uint64(len(all)); !inside && status>>32 == 0 {
				t.Errorf("%s accepted %v", op.name, args)
			}
		}
	})
}

func BenchmarkHostCall(b *testing.B) {
	p := newDriver(b, &host{value: "value"}, hostapi.DefaultLimits())
	args := p.write(b, "q_x", `"value"`)
	find, set := p.module.ExportedFunction("find_data"), p.module.ExportedFunction("set_data")
	stack := make([]uint64, 4)
	for _, bm := range []struct {
		name string
		f    api.Function
		args []uint32
	}{{"find_data", find, args[:2]}, {"set_data", set, args}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for i, a := range bm.args {
					stack[i] = uint64(a)
				}
				if err := bm.f.CallWithStack(p.ctx, stack); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A few bytes of JSON make a part that costs a hundred.
func TestRequestWithManyValues(t *testing.T) {
	t.Parallel()
	many := `{"method":"POST","url":"https://x/","multipart":[{}` + strings.Repeat(",{}", maxObjectValues) + "]}"
	if err := decodeObject("request", "the request", []byte(many), new(hostapi.Request)); hostapi.CodeOf(err) != hostapi.CodeLimit {
		t.Errorf("error = %v, want a limit", err)
	}
	text := `{"method":"POST","url":"https://x/","header":[{"name":"A","value":"\"` + strings.Repeat(",", 2*maxObjectValues) + `"}]}`
	if err := decodeObject("request", "the request", []byte(text), new(hostapi.Request)); err != nil {
		t.Errorf("commas in a text: %v", err)
	}
}
