package connection_test

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

type readSeeker struct{ *strings.Reader }

func (readSeeker) Close() error { return nil }

// A token beside a file by reference is put in place, and nothing in the file is: its
// content is sent as it is.
func TestStandInBesideAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	standIn := w.sealed(t)
	content := "in the file: " + standIn
	file := &hostapi.File{Name: "a.txt", Size: int64(len(content)), Open: func(context.Context) (io.ReadSeekCloser, error) {
		return readSeeker{strings.NewReader(content)}, nil
	}}
	_, err := w.do(t, hostapi.Request{Method: "POST", URL: "https://api.example.com/v1", Multipart: []hostapi.Part{
		{Name: "token", Content: []byte(standIn)}, {Name: "file", FileName: "a.txt", File: file}, {Name: "again", Content: []byte(standIn)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := w.sent(t)
	if n := bytes.Count(r.Body, []byte("\r\n\r\n"+realToken+"\r\n--")); n != 2 {
		t.Errorf("the token is in %d parts of %q", n, r.Body)
	}
	if !bytes.Contains(r.Body, []byte(content)) {
		t.Errorf("the file is not as it was in %q", r.Body)
	}
	if got := r.Header.Get("Content-Length"); got != "" && got != strconv.Itoa(len(r.Body)) {
		t.Errorf("Content-Length %s of %d bytes", got, len(r.Body))
	}
}

// A file alone gets no token to the wrong host, and none in the right one.
func TestStandInInAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	content := w.sealed(t)
	file := &hostapi.File{Name: "a.txt", Size: int64(len(content)), Open: func(context.Context) (io.ReadSeekCloser, error) {
		return readSeeker{strings.NewReader(content)}, nil
	}}
	if _, err := w.do(t, hostapi.Request{Method: "PUT", URL: "https://api.example.com/v1", BodyFile: file, AuthSetting: "pat"}); err != nil {
		t.Fatal(err)
	}
	if body := string(w.sent(t).Body); body != content {
		t.Errorf("body = %q, want %q", body, content)
	}
}
