package wasmvm

import (
	"reflect"
	goruntime "runtime"
	"sync"

	"github.com/tetratelabs/wazero/api"
)

// wazero doubles a call stack that is full, and copies it, up to 84 MB and with the copy 126 MB.
// It has no option for less. So a call gets a stack of fixed size, which takes memory only as far
// as it is used, and lies at the end of an address range that is so long that wazero takes it
// for one that may not grow any more.
const (
	callStackBytes = 16 << 20
	rangeBytes     = 64 << 20 // wazero's bound is 50,000,000
)

// callStack is a call stack. Memory below it cannot be accessed.
type callStack struct{ all []byte }

// warmBytes of a call stack stay in RAM for the next run, which costs less than to clear them. What is in
// them cannot be seen by a guest: its code reads nothing from a stack that it has not written.
const warmBytes = 32 << 10

// callStacks has those that are not used.
var callStacks sync.Pool //nolint:gochecknoglobals // of *callStack

// takeCallStack returns a call stack, or nil where the system has no such memory.
func takeCallStack() *callStack {
	if s, ok := callStacks.Get().(*callStack); ok {
		return s
	}
	all, err := reserve(rangeBytes, callStackBytes)
	if err != nil {
		return nil
	}
	s := &callStack{all}
	goruntime.AddCleanup(s, release, all)
	return s
}

// put ends the use of a call stack.
func (s *callStack) put() {
	if s != nil && discard(s.all[rangeBytes-callStackBytes:rangeBytes-warmBytes]) == nil {
		callStacks.Put(s)
	}
}

// under makes calls of f use the stack. wazero has no function for this, so its fields are set; a
// test notices if they are not there any more.
func (s *callStack) under(f api.Function) {
	engine := reflect.Indirect(reflect.ValueOf(f))
	if s == nil || engine.Kind() != reflect.Struct {
		return
	}
	stack, top, context := engine.FieldByName("stack"), engine.FieldByName("stackTop"), engine.FieldByName("execCtx")
	if !is[[]byte](stack) || !is[uintptr](top) || !context.IsValid() || context.Kind() != reflect.Struct {
		return // f is a function of the host
	}
	bottom := context.FieldByName("stackBottomPtr")
	if !is[*byte](bottom) {
		return
	}
	const alignment = 16
	*at[[]byte](stack) = s.all
	*at[uintptr](top) = reflect.ValueOf(s.all).Pointer() + rangeBytes - alignment
	*at[*byte](bottom) = &s.all[rangeBytes-callStackBytes]
}

// is reports whether there is a field, of type T.
func is[T any](field reflect.Value) bool {
	return field.IsValid() && field.Type() == reflect.TypeFor[T]()
}

// at returns the place of a field, also of one that reflection alone may not set.
func at[T any](field reflect.Value) *T {
	place, _ := reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Interface().(*T)
	return place
}
