package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// bigFile is a file by reference whose content is computed. It records the most memory that
// is in use while it is read.
type bigFile struct {
	size int64

	mu   sync.Mutex
	peak uint64
}

func (b *bigFile) file() *hostapi.File {
	return &hostapi.File{Name: "big.bin", ContentType: "application/octet-stream", Size: b.size, Open: func(context.Context) (io.ReadSeekCloser, error) {
		return &bigReader{of: b}, nil
	}}
}

// measure records the heap in use, garbage included.
func (b *bigFile) measure() {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.peak = max(b.peak, m.HeapAlloc)
}

type bigReader struct {
	of   *bigFile
	at   int64
	last int64 // where the heap was measured
}

func (r *bigReader) Read(p []byte) (int, error) {
	const often = 4 << 20
	if r.at-r.last >= often {
		r.of.measure()
		r.last = r.at
	}
	p = p[:min(int64(len(p)), r.of.size-r.at)]
	if len(p) == 0 {
		return 0, io.EOF
	}
	for i := range p {
		n := r.at + int64(i)
		p[i] = byte(n ^ n>>11)
	}
	r.at += int64(len(p))
	return len(p), nil
}

func (r *bigReader) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, errors.ErrUnsupported
	}
	r.at, r.last = offset, offset
	return offset, nil
}

func (r *bigReader) Close() error { return nil }

// uploads is a server that receives files and responds with their size and checksum.
func uploads(tb testing.TB) (url string, allow hostapi.Rule) {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content := io.Reader(r.Body)
		if t, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && t == "multipart/form-data" {
			part, err := multipart.NewReader(r.Body, params["boundary"]).NextPart()
			if err != nil {
				tb.Error(err)
				return
			}
			content = part
		}
		sum := crc32.NewIEEE()
		n, err := io.Copy(sum, content)
		if err != nil {
			tb.Error(err)
		}
		_, _ = fmt.Fprintf(w, "%d %08x", n, sum.Sum32())
	}))
	tb.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	rule, err := hostapi.ParseRule(host)
	if err != nil {
		tb.Fatal(err)
	}
	return server.URL, rule
}

// checksum is what the server responds for b.
func (b *bigFile) checksum(tb testing.TB) string {
	tb.Helper()
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, &bigReader{of: b}); err != nil {
		tb.Fatal(err)
	}
	return fmt.Sprintf("%d %08x", b.size, sum.Sum32())
}

// A file of the host goes to a server, as a body and as a part, without being held. The
// test is not parallel: it measures the heap of the process.
func TestBigFileIsNotHeld(t *testing.T) { //nolint:paralleltest // see above
	const size, most = 200 << 20, 32 << 20
	address, rule := uploads(t)
	network := egress.New(egress.Config{})
	defer network.Close()
	engine := runtime.New(runtime.Config{Connector: network, Limits: hostapi.Limits{RequestBytes: 2 * size}})
	b := &bigFile{size: size}
	want := b.checksum(t)
	const setup = `
const file = engine.findDataByVarName("q_in")[0];
const url = engine.findDataByVarName("q_url");
`
	for name, code := range map[string]string{
		"body":    `engine.setDataByVarName("q_out", httpClient.begin().body(file).put(url).getResponseAsString());`,
		"part":    `engine.setDataByVarName("q_out", httpClient.begin().multipart("file", file).post(url).getResponseAsString());`,
		"packets": `let n = 0; fileRepository.readFile(file, 65536, packet => { n += packet.getLength(); }); engine.setDataByVarName("q_out", n);`,
		"digest":  `engine.setDataByVarName("q_out", hex.encodeToString(digest.md5(file)));`,
	} {
		goruntime.GC()
		var before goruntime.MemStats
		goruntime.ReadMemStats(&before)
		b.peak = 0
		result, err := engine.Run(t.Context(), runtime.Task{
			Script: compile(t, engine, setup+code), Allow: []hostapi.Rule{rule},
			Data: map[string]any{"q_in": []*hostapi.File{b.file()}, "q_url": address},
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := fmt.Sprint(result.Data["q_out"]); strings.Contains(code, "url") && got != want {
			t.Errorf("%s: the server received %s, want %s", name, got, want)
		}
		if used := int64(b.peak) - int64(before.HeapAlloc); used > most {
			t.Errorf("%s: %d MiB of heap were in use for a file of %d MiB", name, used>>20, size>>20)
		} else {
			t.Logf("%s: %.1f MiB", name, float64(used)/(1<<20))
		}
	}
}
