package runtime

import (
	"bytes"
	"cmp"
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/sandbox"
	"github.com/postern-dev/postern/internal/wasmvm"
)

// Cache keeps compiled scripts, so that each is compiled once. It may be shared by
// several engines, which then have one budget:
//
//	cache := &runtime.Cache{MaxBytes: 512 << 20}
//	a := runtime.New(runtime.Config{Cache: cache, Connector: one})
//	b := runtime.New(runtime.Config{Cache: cache, Connector: another})
//
// The zero Cache is ready to use. Its fields must not be changed, nor the Cache copied,
// once an engine has it. It needs no closing: the garbage collector frees it with the
// last engine and the last Script, memory of compiled WebAssembly included.
type Cache struct {
	// MaxBytes bounds the memory for compiled scripts, in bytes by the engine's own
	// estimate. The least recently used are dropped first; a Script in use stays usable.
	// Default 0: 256 MiB; negative: none are kept.
	MaxBytes int64

	// WasmDir is a folder that keeps compiled WebAssembly for other processes, which load
	// a module many times faster than they could compile it. It contains machine code, which
	// is used only with the keyed digest that Postern has made of it: the folder also has
	// the key, in a file that only this user may be able to read. Default "": nothing is kept
	// there, and likewise if the folder or the key cannot be used.
	WasmDir string

	mu      sync.Mutex
	used    int64
	entries map[cacheKey]*list.Element // of *entry
	recent  list.List                  // most recent first
	left    int                        // compilations that no call waits for any more

	making sync.Mutex
	wasm   *wasmvm.VM // nil until the first module is compiled: JavaScript does not need it
}

// cacheKey is the hash of a source.
type cacheKey [sha256.Size]byte

type entry struct {
	key    cacheKey
	size   int64              // 0 while compiling
	calls  int                // that wait for it, or have got it
	left   bool               // none waits for it any more, but it goes on
	giveUp context.CancelFunc // ends it while it is in a worker, or waits for one; nil: it is not
	ended  bool
	done   chan struct{} // closed when the rest is set
	script *Script
	err    error
}

const defaultMaxBytes = 256 << 20

// Bytes returns the memory of the scripts that are kept, in bytes by the estimate that
// MaxBytes bounds.
func (c *Cache) Bytes() int64 {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}

// compile returns the compiled script, compiling it if it is not kept. Concurrent calls
// for the same script compile it once. A call ends with its ctx. When no other call waits for it, a compilation in a
// worker is given up. One in this process cannot be stopped: it goes on, on its own goroutine, for the calls that come
// later. If there are many such, no further one is begun. leave is called once both have ended, and before the call
// returns unless it returns early.
func (c *Cache) compile(ctx context.Context, e *Engine, source Source, leave func()) (*Script, error) {
	key := keyOf(source, &e.modules)
	c.mu.Lock()
	element, ok := c.entries[key]
	switch {
	case ok:
		c.recent.MoveToFront(element)
	case c.left >= mostLeft():
		c.mu.Unlock()
		leave()
		return nil, &hostapi.Error{
			Code: hostapi.CodeOverloaded, Op: "compile", Name: source.Name, Message: fmt.Sprintf("%d compilations are still in progress whose callers did not wait", mostLeft()),
			Hint: "try again later, or give Compile more time",
		}
	default:
		element = c.recent.PushFront(&entry{key: key, done: make(chan struct{})})
		if c.entries == nil {
			c.entries = make(map[cacheKey]*list.Element)
		}
		c.entries[key] = element
	}
	kept := entryOf(element)
	kept.calls++
	c.setLeft(kept, false)
	c.mu.Unlock()
	if ok {
		defer leave()
	} else {
		source.Code = ownCode(source.Code) // the caller may return early, and change it
		var ended atomic.Bool              // one of the call and the compilation
		end := func() {
			if ended.Swap(true) {
				leave()
			}
		}
		defer end()
		go func() {
			c.fill(context.WithoutCancel(ctx), element, e, source)
			end() // before the call returns
			close(kept.done)
		}()
	}
	select {
	case <-kept.done:
		return kept.script, kept.err
	case <-ctx.Done():
		c.mu.Lock()
		if kept.calls--; kept.calls == 0 && !kept.ended {
			c.abandon(element, kept)
		}
		c.mu.Unlock()
		return nil, contextual(ctx, "compile", source.Name, ctx.Err())
	}
}

// ownCode returns a copy of a script, without the sections of a module that are not needed.
func ownCode(code []byte) []byte {
	if needed := wasmvm.WithoutCustom(code); len(needed) < len(code) {
		return needed
	}
	return bytes.Clone(code)
}

// mostLeft is how many compilations may go on that no call waits for.
func mostLeft() int { return max(4, goruntime.NumCPU()) }

// setLeft says whether a compilation goes on that no call waits for. The caller holds mu.
func (c *Cache) setLeft(e *entry, left bool) {
	if e.left == left {
		return
	}
	if e.left = left; left {
		c.left++
	} else {
		c.left--
	}
}

// abandon ends a compilation that no call waits for any more, or lets it go on if it cannot be stopped. The caller
// holds mu.
func (c *Cache) abandon(element *list.Element, e *entry) {
	if e.giveUp == nil {
		c.setLeft(e, true)
		return
	}
	e.giveUp()
	if c.entries[e.key] == element {
		c.drop(element, e)
	}
}

// inWorker calls f, with a context that ends when no call waits for the compilation any more.
func (c *Cache) inWorker(ctx context.Context, element *list.Element, f func(context.Context) error) error {
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	e := entryOf(element)
	c.mu.Lock()
	if e.giveUp = giveUp; e.left {
		c.abandon(element, e)
	}
	c.mu.Unlock()
	err := f(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	e.giveUp = nil
	return cmp.Or(err, ctx.Err())
}

// fill compiles the script of a new entry.
func (c *Cache) fill(ctx context.Context, element *list.Element, e *Engine, source Source) {
	kept := entryOf(element)
	p, err := c.build(ctx, element, e, source)
	if err == nil {
		kept.script = &Script{name: source.Name, program: p, key: kept.key}
	}
	kept.err = err
	c.settle(element, kept)
}

// build compiles a script, in a worker if the engine has some.
func (c *Cache) build(ctx context.Context, element *list.Element, e *Engine, source Source) (compiled program, err error) {
	defer recovered("compile", &err)
	if !isWasm(source) {
		if e.isolation == nil {
			return newJSProgram(source)
		}
		err = c.inWorker(ctx, element, func(ctx context.Context) error {
			compiled, err = e.newIsolatedProgram(ctx, entryOf(element).key, source)
			return err
		})
		return compiled, err
	}
	if err := checkModuleSize(source, e.limits); err != nil {
		return nil, err
	}
	vm, err := c.wasmVM(ctx)
	if err != nil {
		return nil, err
	}
	var translator wasmvm.Translator // nil: in this process
	if e.isolation != nil {
		translator = func(ctx context.Context, name string, wasm []byte, modules []sandbox.Module) (code wasmvm.Code, err error) {
			err = c.inWorker(ctx, element, func(ctx context.Context) error {
				code, err = e.translate(ctx, name, wasm, modules)
				return err
			})
			return code, err
		}
	}
	p, err := vm.Compile(ctx, source.Name, source.Code, e.modules.names, translator)
	if err != nil {
		return nil, err
	}
	return wasmProgram{p}, nil
}

// checkModuleSize refuses a module of which a few copies, as its compilation makes, would take
// more than the memory of a task.
func checkModuleSize(module Source, l hostapi.Limits) error {
	const copies = 4
	if int64(len(module.Code)) <= max(0, l.Memory)/copies {
		return nil
	}
	err := limit.Reached(l, "memory")
	err.Op, err.Name = "compile", module.Name
	err.Message = fmt.Sprintf("the module has %d bytes, more than a quarter of the memory limit of %s", len(module.Code), limit.Format(l, "memory"))
	return err
}

func (c *Cache) wasmVM(ctx context.Context) (*wasmvm.VM, error) {
	c.making.Lock()
	defer c.making.Unlock()
	if c.wasm == nil {
		vm, err := wasmvm.New(ctx, c.WasmDir)
		if err != nil {
			return nil, err
		}
		c.wasm = vm
	}
	return c.wasm, nil
}

// settle adds the size of a newly compiled script, or removes one that failed, and
// drops the least recently used until the rest fits.
func (c *Cache) settle(element *list.Element, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.ended = true
	c.setLeft(e, false)
	if c.entries[e.key] != element {
		return // dropped while it compiled
	}
	if e.script == nil {
		c.drop(element, e)
		return
	}
	e.size = e.script.program.size()
	c.used += e.size
	most := c.MaxBytes
	if most == 0 {
		most = defaultMaxBytes
	}
	for c.used > max(0, most) {
		oldest := c.recent.Back()
		c.drop(oldest, entryOf(oldest))
	}
}

// forget drops a script.
func (c *Cache) forget(script *Script) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[script.key]; ok {
		c.drop(element, entryOf(element))
	}
}

// find returns the script with that key, if it is compiled and kept.
func (c *Cache) find(key cacheKey) (*Script, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[key]
	if !ok {
		return nil, false
	}
	c.recent.MoveToFront(element)
	e := entryOf(element)
	select {
	case <-e.done:
		return e.script, e.err == nil
	default:
		return nil, false
	}
}

// entryOf returns the value of a list element, which is always an entry.
func entryOf(element *list.Element) *entry {
	e, _ := element.Value.(*entry)
	return e
}

func (c *Cache) drop(element *list.Element, e *entry) {
	c.recent.Remove(element)
	delete(c.entries, e.key)
	c.used -= e.size
}

func isWasm(source Source) bool { return bytes.HasPrefix(source.Code, []byte("\x00asm")) }

// keyOf returns the key of a source, for WebAssembly with the functions that it could
// import: engines with others may share the Cache.
func keyOf(source Source, m *modules) cacheKey {
	h := sha256.New()
	h.Write([]byte(source.Name))
	flags := []byte{0, 0}
	if source.Legacy {
		flags[1] = 1
	}
	h.Write(flags)
	if isWasm(source) {
		_, _ = fmt.Fprintf(h, "%q", m.names) // never fails
	}
	h.Write(source.Code)
	return cacheKey(h.Sum(nil))
}
