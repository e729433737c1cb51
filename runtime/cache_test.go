package runtime

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/ring"
)

func TestCompileIsCached(t *testing.T) {
	t.Parallel()
	e := New(Config{})
	compile := func(name, source string) *Script {
		t.Helper()
		s, err := e.Compile(t.Context(), Source{Name: name, Code: []byte(source)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a := compile("a.js", "1")
	if compile("a.js", "1") != a {
		t.Error("the same source was compiled twice")
	}
	if compile("b.js", "1") == a || compile("a.js", "2") == a {
		t.Error("another name or source gave the same script")
	}

	var wg sync.WaitGroup
	scripts := make([]*Script, 16)
	for i := range scripts {
		wg.Go(func() { scripts[i], _ = e.Compile(t.Context(), Source{Name: "c.js", Code: []byte("3")}) })
	}
	wg.Wait()
	for _, s := range scripts {
		if s == nil || s != scripts[0] {
			t.Fatal("compiled more than once at the same time")
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	const maxBytes = 100_000
	e := New(Config{Cache: &Cache{MaxBytes: maxBytes}})
	first, err := e.Compile(t.Context(), Source{Name: "first.js", Code: []byte("1")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if _, err := e.Compile(t.Context(), Source{Name: fmt.Sprint(i), Code: []byte(strings.Repeat(" ", 100))}); err != nil {
			t.Fatal(err)
		}
		if again, err := e.Compile(t.Context(), Source{Name: "first.js", Code: []byte("1")}); err != nil || again != first {
			t.Fatal("a script in use was dropped before older ones")
		}
	}
	if e.cache.Bytes() > maxBytes || len(e.cache.entries) != e.cache.recent.Len() || len(e.cache.entries) < 10 {
		t.Errorf("used %d bytes of %d, %d entries, %d in order", e.cache.used, maxBytes, len(e.cache.entries), e.cache.recent.Len())
	}

	// A script too large for the cache still runs.
	none := New(Config{Cache: &Cache{MaxBytes: -1}})
	s, err := none.Compile(t.Context(), Source{Name: "a.js", Code: []byte("1")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Run(t.Context(), Task{Script: s}); err != nil {
		t.Error(err)
	}
	if len(none.cache.entries) != 0 || none.cache.used != 0 {
		t.Errorf("kept %d scripts, %d bytes", len(none.cache.entries), none.cache.used)
	}
}

func TestCompileEndsWithItsContext(t *testing.T) {
	t.Parallel()
	e := New(Config{})
	source := Source{Name: "long.js", Code: []byte("var x;" + strings.Repeat("x = 1;", 200_000))}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := e.Compile(ctx, source)
	if hostapi.CodeOf(err) != hostapi.CodeTimeout || !strings.Contains(err.Error(), "compile long.js") {
		t.Errorf("%v, want a timeout", err)
	}
	first, err := e.Compile(t.Context(), source) // waits for what was begun
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.Compile(t.Context(), source); again != first || err != nil {
		t.Errorf("compiled again, or %v", err)
	}
	if err := e.Shutdown(t.Context()); err != nil || e.Running() != 0 {
		t.Errorf("%v, and %d in progress", err, e.Running())
	}
}

// Only so many compilations may go on in this process that nothing waits for.
func TestCompilationsThatNothingWaitsFor(t *testing.T) {
	t.Parallel()
	e := New(Config{})
	e.cache.making.Lock() // none ends
	compile := func(name string) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := e.Compile(ctx, Source{Name: name, Code: []byte("\x00asm")})
		return err
	}
	for i := range mostLeft() {
		if err := compile(strconv.Itoa(i)); hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Fatal(err)
		}
	}
	if e.Running() != mostLeft() {
		t.Errorf("%d compilations in progress, want %d", e.Running(), mostLeft())
	}
	if err := compile("one more"); hostapi.CodeOf(err) != hostapi.CodeOverloaded {
		t.Errorf("error %v, want overloaded", err)
	}
	if err := compile("0"); hostapi.CodeOf(err) != hostapi.CodeTimeout {
		t.Errorf("error %v of one that is in progress", err)
	}
	e.cache.making.Unlock()
	if err := e.Shutdown(t.Context()); err != nil || e.cache.left != 0 {
		t.Errorf("%v, and %d are left", err, e.cache.left)
	}
}

// Those in a worker, and those that wait for one, are given up when nothing waits for them.
func TestCompilationsInWorkersAreGivenUp(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{"JavaScript": "1", "WebAssembly": "\x00asm"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				workers := make(chan *fake, 100)
				e := New(Config{Isolation: &Workers{Max: 1, Spare: -1, start: func() (ring.Process, error) {
					ours, theirs := net.Pipe()
					f := &fake{Conn: ours, theirs: theirs, killed: make(chan struct{})}
					go func() { _, _ = io.Copy(io.Discard, theirs) }()
					workers <- f
					return f, nil
				}}})
				compile := func(ctx context.Context, name string) error {
					ctx, cancel := context.WithTimeout(ctx, time.Second)
					defer cancel()
					_, err := e.Compile(ctx, Source{Name: name, Code: []byte(code)})
					return err
				}
				var calls sync.WaitGroup
				left, leave := context.WithTimeout(t.Context(), time.Millisecond)
				defer leave()
				for i := range mostLeft() + 3 {
					calls.Go(func() {
						if err := compile(left, strconv.Itoa(i)); hostapi.CodeOf(err) != hostapi.CodeTimeout {
							t.Errorf("error %v, want a timeout", err)
						}
					})
				}
				calls.Wait()
				<-time.After(10 * time.Millisecond) // of the bubble
				synctest.Wait()
				if e.Running() != 0 || len(e.cache.entries) != 0 || e.cache.left != 0 {
					t.Errorf("%d in progress, %d kept, %d left", e.Running(), len(e.cache.entries), e.cache.left)
				}
				for range len(workers) {
					select {
					case <-(<-workers).killed:
					default:
						t.Error("a worker goes on")
					}
				}

				// One that another call waits for goes on.
				calls.Go(func() { _ = compile(t.Context(), "again") }) // nothing answers
				synctest.Wait()
				brief, end := context.WithTimeout(t.Context(), time.Millisecond)
				defer end()
				if err := compile(brief, "again"); hostapi.CodeOf(err) != hostapi.CodeTimeout {
					t.Errorf("error %v, want a timeout", err)
				}
				if e.Running() != 1 {
					t.Errorf("%d in progress, want one", e.Running())
				}
				calls.Wait()
				if err := e.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestFailuresAreNotCached(t *testing.T) {
	t.Parallel()
	e := New(Config{})
	if _, err := e.Compile(t.Context(), Source{Name: "a.js", Code: []byte("let a = ;")}); err == nil {
		t.Fatal("no error")
	}
	if len(e.cache.entries) != 0 || e.cache.recent.Len() != 0 {
		t.Error("a failed compilation was kept")
	}
}
