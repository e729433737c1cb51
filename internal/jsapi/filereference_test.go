package jsapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"

	"github.com/postern-dev/postern/runtime"
)

type reference struct {
	*strings.Reader
	closed *int
}

func (r reference) Close() error {
	*r.closed++
	return nil
}

// byReference returns a file by reference, and how often it was opened and closed.
func byReference(content string) (f *hostapi.File, opened, closed *int) {
	opened, closed = new(int), new(int)
	return &hostapi.File{Name: "a.txt", ContentType: "text/plain; charset=UTF-8", Size: int64(len(content)), Open: func(context.Context) (io.ReadSeekCloser, error) {
		*opened++
		return reference{strings.NewReader(content), closed}, nil
	}}, opened, closed
}

// echo returns the body of a request.
type echo struct{}

func (echo) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if int64(len(body)) != r.ContentLength {
		return nil, errors.New("the Content-Length is wrong")
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

func runFile(t *testing.T, f *hostapi.File, code string, limits hostapi.Limits) (*runtime.Result, error) {
	t.Helper()
	network := egress.New(egress.Config{Transport: echo{}})
	engine := runtime.New(runtime.Config{Connector: network})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "a.js", Code: []byte(code)})
	if err != nil {
		t.Fatal(err)
	}
	return engine.Run(t.Context(), runtime.Task{
		Script: script, Limits: limits, Data: map[string]any{"q_in": []*hostapi.File{f}},
		Items: []hostapi.Item{{VarName: "q_in", Type: hostapi.TypeFile}, {VarName: "q_out", Type: hostapi.TypeFile}},
		Allow: []hostapi.Rule{{Host: "h.test"}},
	})
}

const fileSetup = `
const file = engine.findDataByVarName("q_in")[0];
const say = x => console.log("%s", x);
`

func TestFileReferenceIsRead(t *testing.T) {
	t.Parallel()
	const content = "line 1\r\nlíne 2\nline 3"
	for _, tt := range []struct {
		name, code, log string
		opens           int
	}{
		{"passed around", `say(file.getName() + " " + file.getLength()); engine.setDataByVarName("q_out", [file]);`, "a.txt 22", 0},
		{"whole", `say(fileRepository.readFile(file).getLength())`, "22", 1},
		{"as text", `say(fileRepository.readFile(file, "UTF-8").length)`, "21", 1},
		{"lines", `const l = []; fileRepository.readFile(file, "UTF-8", x => { l.push(x); }); say(l.join("|"))`, "line 1|líne 2|line 3", 1},
		{"packets", `const l = []; fileRepository.readFile(file, 10, x => { l.push(x.getLength()); }); say(l.join(" "))`, "10 10 2", 1},
		{"digest", `say(hex.encodeToString(digest.md5(file)) === hex.encodeToString(digest.md5(fileRepository.readFile(file))))`, "true", 2},
		{"base64", `say(base64.encodeToString(file))`, "bGluZSAxDQpsw61uZSAyCmxpbmUgMw==", 1},
		{"a body", `say(httpClient.begin().body(file).put("http://h.test/").getResponseAsString().length)`, "21", 1},
		{"a part", `say(httpClient.begin().multipart("f", file).multipart("g", file).post("http://h.test/").getResponseAsString().split("line 3").length)`, "3", 2},
		{"a body no more", `say(httpClient.begin().body(file).body("x", "text/plain").put("http://h.test/").getResponseAsString())`, "x", 0},
		{"under another name", `const copy = new com.questetra.bpms.core.event.scripttask.NewQfile("b.txt", "text/plain", file); say(copy.getName() + copy.getLength() + fileRepository.readFile(copy).getLength())`, "b.txt2222", 1},
	} {
		f, opened, closed := byReference(content)
		result, err := runFile(t, f, fileSetup+tt.code, hostapi.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if len(result.Logs) != 1 || result.Logs[0].Message != tt.log || *opened != tt.opens || *closed != *opened {
			t.Errorf("%s: log %v, opened %d times, closed %d times; want %q, %d", tt.name, result.Logs, *opened, *closed, tt.log, tt.opens)
		}
	}
}

// A script that stores a file by reference passes the reference on, whatever its size.
func TestFileReferenceIsStored(t *testing.T) {
	t.Parallel()
	f, opened, _ := byReference("x")
	f.Size = 1 << 40
	result, err := runFile(t, f, fileSetup+`engine.setDataByVarName("q_out", [file, new com.questetra.bpms.core.event.scripttask.NewQfile("b.bin", "a/b", file)]);`, hostapi.Limits{DataBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	out, ok := result.Data["q_out"].([]any)
	if !ok || len(out) != 2 || *opened != 0 {
		t.Fatalf("data %v, opened %d times", result.Data["q_out"], *opened)
	}
	for i, name := range []string{"a.txt", "b.bin"} {
		if got, ok := out[i].(*hostapi.File); !ok || got.Name != name || got.Open == nil || got.Size != f.Size {
			t.Errorf("file %d is %+v", i, out[i])
		}
	}
}

func TestFileReferenceErrors(t *testing.T) {
	t.Parallel()
	big, _, _ := byReference("x")
	big.Size = 1 << 20
	broken := &hostapi.File{Name: "b.txt", Size: 5, Open: func(context.Context) (io.ReadSeekCloser, error) { return nil, errors.New("secret") }}
	for _, tt := range []struct {
		name string
		file *hostapi.File
		code string
		kind hostapi.Code
		want string
		hint string
	}{
		{"too large", big, `fileRepository.readFile(file)`, hostapi.CodeLimit, "readFile a.txt: memory limit of 1 KiB reached", "fileRepository.readFile(file, size, f)"},
		{"too large a packet", big, `fileRepository.readFile(file, 2000, () => {})`, hostapi.CodeLimit, "readFile a.txt: memory limit of 1 KiB reached", ""},
		{"too short", big, `fileRepository.readFile(file, 1000, () => {})`, hostapi.CodeInternal, "file a.txt: the content ends after 1 bytes of 1048576", "File.Size"},
		{"too short a body", big, `httpClient.begin().body(file).put("http://h.test/")`, hostapi.CodeInternal, "file a.txt: the content ends after 1 bytes of 1048576", ""},
		{"broken", broken, `fileRepository.readFile(file)`, hostapi.CodeInternal, "file b.txt: the content could not be read", ""},
		{"broken part", broken, `httpClient.begin().multipart("a", file).post("http://h.test/")`, hostapi.CodeInternal, "file b.txt: the content could not be read", ""},
		{"too large for a request", big, `httpClient.begin().body(file).put("http://h.test/")`, hostapi.CodeLimit, "put: request size limit of 1048575 bytes reached", ""},
	} {
		limits := hostapi.Limits{Memory: 1 << 10}
		if strings.HasPrefix(tt.want, "put:") {
			limits.RequestBytes = 1<<20 - 1
		}
		_, err := runFile(t, tt.file, fileSetup+tt.code, limits)
		e, _ := errors.AsType[*hostapi.Error](err)
		if e == nil || e.Code != tt.kind || e.Error() != tt.want || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%s: error %v\nwant %s", tt.name, err, tt.want)
		}
	}
}
