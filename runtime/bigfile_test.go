package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
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

// bigBlock is what the content repeats.
var bigBlock = sync.OnceValue(func() []byte { //nolint:gochecknoglobals // never changed
	block := make([]byte, 1<<20-3) // a piece begins elsewhere in each
	_, _ = rand.NewChaCha8([32]byte{}).Read(block)
	return block
})

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
	block := bigBlock()
	n := copy(p, block[r.at%int64(len(block)):])
	r.at += int64(n)
	return n, nil
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

// goGuest returns the guest of testdata/files.
func goGuest(tb testing.TB, engine *runtime.Engine) *runtime.Script {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "files.wasm")
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-buildmode=c-shared", "-o", out, "./testdata/files")
	cmd.Env = append(cmd.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	script, err := engine.Compile(tb.Context(), runtime.Source{Name: "files.wasm", Code: wasm})
	if err != nil {
		tb.Fatal(err)
	}
	return script
}

func fileItems() []hostapi.Item {
	return []hostapi.Item{
		{VarName: "q_in", Type: hostapi.TypeFile},
		{VarName: "q_copy", Type: hostapi.TypeFile},
		{VarName: "q_do", Type: hostapi.TypeString},
		{VarName: "q_url", Type: hostapi.TypeString},
		{VarName: "q_out", Type: hostapi.TypeJSON},
	}
}

// A file of the host goes to a server, as a body and as a part, without being held, from
// both sandboxes. The memory of the guest itself is not part of the heap. The test is not
// parallel: it measures the heap of the process.
func TestBigFileIsNotHeld(t *testing.T) { //nolint:paralleltest // see above
	const most = 32 << 20
	size := int64(200 << 20)
	if !testservers.Full() {
		size = 64 << 20
	}
	address, rule := uploads(t)
	network := egress.New(egress.Config{})
	defer network.Close()
	engine := runtime.New(runtime.Config{Connector: network, Limits: hostapi.Limits{RequestBytes: 2 * size}})
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	b := &bigFile{size: size}
	received := b.checksum(t)
	const setup = `
const file = engine.findDataByVarName("q_in")[0];
const url = engine.findDataByVarName("q_url");
const out = value => engine.setDataByVarName("q_out", value);
`
	guest := goGuest(t, engine)
	js := func(code string) *runtime.Script { return compile(t, engine, setup+code) }
	for _, tt := range []struct {
		name   string
		script *runtime.Script
		do     string
		want   string
	}{
		{"body, JavaScript", js(`out(httpClient.begin().body(file).put(url).getResponseAsString())`), "", received},
		{"part, JavaScript", js(`out(httpClient.begin().multipart("file", file).post(url).getResponseAsString())`), "", received},
		{"packets", js(`let n = 0; fileRepository.readFile(file, 65536, packet => { n += packet.getLength(); }); out(String(n))`), "", strconv.FormatInt(size, 10)},
		{"digest", js(`out(String(digest.md5(file).getLength()))`), "", "16"},
		{"body, Go", guest, "body", received},
		{"part, Go", guest, "part", received},
		{"pieces, Go", guest, "pieces", fmt.Sprint(float64(size))},
	} {
		goruntime.GC()
		var before goruntime.MemStats
		goruntime.ReadMemStats(&before)
		b.peak = 0
		result, err := engine.Run(t.Context(), runtime.Task{
			Script: tt.script, Allow: []hostapi.Rule{rule}, Items: fileItems(),
			Data: map[string]any{"q_in": []*hostapi.File{b.file()}, "q_url": address, "q_do": tt.do},
		})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := fmt.Sprint(result.Data["q_out"]); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if result.Usage.Memory > most {
			t.Errorf("%s: the guest has %d MiB", tt.name, result.Usage.Memory>>20)
		}
		if used := int64(b.peak) - int64(before.HeapAlloc); used > most {
			t.Errorf("%s: %d MiB of heap were in use for a file of %d MiB", tt.name, used>>20, size>>20)
		} else {
			t.Logf("%s: %.1f MiB of heap, %.1f MiB of the guest, %v", tt.name, float64(used)/(1<<20), float64(result.Usage.Memory)/(1<<20), result.Usage.Wall)
		}
	}
}

// BenchmarkFileThroughGuest is a file of 20 MiB in a Go guest: passed on as a reference, read
// into the guest as a whole and set again as bytes, and read in pieces.
func BenchmarkFileThroughGuest(b *testing.B) {
	const size = 20 << 20
	engine := runtime.New(runtime.Config{Limits: hostapi.Limits{DataBytes: 2 * size, Memory: 1 << 30, Time: time.Minute}})
	guest := goGuest(b, engine)
	big := &bigFile{size: size}
	content, err := io.ReadAll(&bigReader{of: big})
	if err != nil {
		b.Fatal(err)
	}
	file := &hostapi.File{Name: "big.bin", ContentType: "application/octet-stream", Content: content}
	for _, do := range []string{"reference", "bytes", "pieces"} {
		b.Run(do, func(b *testing.B) {
			b.SetBytes(size)
			cpu := time.Duration(0)
			for b.Loop() {
				result, err := engine.Run(b.Context(), runtime.Task{Script: guest, Items: fileItems(), Data: map[string]any{"q_in": []*hostapi.File{file}, "q_do": do, "q_url": ""}})
				if err != nil {
					b.Fatal(err)
				}
				cpu += result.Usage.CPU
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "CPU-s/op")
		})
	}
}
