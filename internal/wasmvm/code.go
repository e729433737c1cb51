package wasmvm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"

	"github.com/tetratelabs/wazero"

	"github.com/postern-dev/postern/internal/sandbox"
)

// Code is a module as machine code: the key by which wazero asks for it, and what wazero made.
// It runs with the rights of the process that loads it.
type Code []byte

type codeKey = [sha256.Size]byte

func (c Code) key() (k codeKey) {
	copy(k[:], c)
	return k
}

// Translator returns the code of a module. Its errors are those of [VM.Compile].
type Translator func(ctx context.Context, name string, wasm []byte, modules []sandbox.Module) (Code, error)

// fileCache is what wazero asks for compiled code. The only implementation in its API
// maps whatever machine code is in a folder, and cannot say that there is none.
type fileCache interface {
	Get(key codeKey) (content io.ReadCloser, ok bool, err error)
	Add(key codeKey, content io.Reader) error
	Delete(key codeKey) error
}

// cacheOver returns a cache of wazero that asks c. wazero has no function for this, so its field
// is set; a test notices if it is not there any more.
func cacheOver(c fileCache) (wazero.CompilationCache, error) {
	cache := wazero.NewCompilationCache()
	field := reflect.Indirect(reflect.ValueOf(cache)).FieldByName("fileCache")
	if !field.IsValid() || field.Kind() != reflect.Interface || !reflect.TypeOf(c).Implements(field.Type()) {
		return nil, errors.New("wazero keeps compiled code in another way")
	}
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(c))
	return cache, nil
}

// recorder is the fileCache of a runtime that compiles one module.
type recorder struct{ code Code }

func (*recorder) Get(codeKey) (io.ReadCloser, bool, error) { return nil, false, nil }

func (r *recorder) Add(key codeKey, content io.Reader) error {
	b := bytes.NewBuffer(key[:])
	_, err := b.ReadFrom(content)
	r.code = b.Bytes()
	return err
}

func (*recorder) Delete(codeKey) error { return nil }

// errOtherCode means that code is not that of the module, or of this wazero and processor.
var errOtherCode = errors.New("the code is not that of the module")

// loader is the fileCache of a runtime that compiles nothing: it finds the code of modules that
// are being loaded.
type loader struct {
	mu      sync.Mutex
	loading map[codeKey][]Code
}

func (l *loader) Get(key codeKey) (io.ReadCloser, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	codes := l.loading[key]
	if len(codes) == 0 {
		return nil, false, errOtherCode
	}
	return io.NopCloser(bytes.NewReader(codes[0][len(key):])), true, nil
}

func (*loader) Add(codeKey, io.Reader) error { return errOtherCode }

func (*loader) Delete(codeKey) error { return errOtherCode } // of another wazero

// offer makes code available until withdraw is called.
func (l *loader) offer(c Code) (withdraw func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := c.key()
	l.loading[key] = append(l.loading[key], c)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.loading[key] = l.loading[key][1:]; len(l.loading[key]) == 0 {
			delete(l.loading, key)
		}
	}
}

// translate compiles a screened module.
func translate(ctx context.Context, wasm []byte) (Code, error) {
	r := new(recorder)
	cache, err := cacheOver(r)
	if err != nil {
		return nil, err
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, runtimeConfig().WithCompilationCache(cache))
	compiled, err := runtime.CompileModule(ctx, wasm)
	if err != nil {
		return nil, invalidModule("the module is not valid: "+err.Error(), "")
	}
	return r.code, errors.Join(compiled.Close(ctx), cache.Close(ctx))
}

// String keeps machine code out of messages.
func (c Code) String() string { return fmt.Sprintf("%d bytes of machine code", len(c)) }
