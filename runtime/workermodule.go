package runtime

import (
	"context"
	"fmt"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/ring"
	"github.com/postern-dev/postern/internal/sandbox"
	"github.com/postern-dev/postern/internal/wasmvm"
)

// What a worker may take to compile a module, beside the limits of the engine. Guests in Go took 20
// bytes for each of the module, half a microsecond, and four bytes of machine code; a single
// function of 105 KB took 80 MB. A module that is made to take much so has the memory of a task, and no
// more than what the compiler itself needs; few that are written by hand are larger than the first MiB.
const (
	memoryToCompile = 24 << 20 // of which the first bytes of the module are free
	freeBytes       = 1 << 20
	memoryPerByte   = 32 // of the others
	timePerByte     = 20 * time.Microsecond
	codePerByte     = 16
)

// codeBytes is how much machine code a module of that many bytes may become.
func codeBytes(module int) int { return 16<<20 + codePerByte*module }

// translate compiles a module in a worker.
func (e *Engine) translate(ctx context.Context, name string, wasm []byte, modules []sandbox.Module) (wasmvm.Code, error) {
	limits := e.limits
	limits.Time += time.Duration(len(wasm)) * timePerByte * ring.RaceFactor
	limits.Memory = max(limits.Memory, 0) + memoryToCompile + memoryPerByte*max(0, int64(len(wasm))-freeBytes)
	var c taskContext
	c.begin(ctx, time.Now().Add(limits.Time), limit.TimeError{Task: &limits, Engine: &limits}, &e.waits)
	defer c.end()
	o := &order{Kind: compileModule, Limits: limits, Modules: modules}
	j := &job{context: &c, order: o, scripts: []jobScript{{source: Source{Name: name, Code: wasm}}}}
	rep, err := j.do(e.isolation) //nolint:contextcheck // c is ctx with the deadline
	if err == nil {
		err = j.ended(rep) //nolint:contextcheck // c is ctx with the deadline
	}
	if err != nil {
		return nil, err
	}
	if len(rep.Code) == 0 {
		return nil, j.died("compile", ring.Death{Reason: ring.Broken}, fmt.Errorf("the report has no code")) //nolint:contextcheck // the worker has ended
	}
	return rep.Code, nil
}

// tooLargeToCompile is the error of a module whose worker has exceeded its memory.
func tooLargeToCompile(most int64) *hostapi.Error {
	return &hostapi.Error{
		Code: hostapi.CodeLimit, Message: fmt.Sprintf("the module takes more than %d MiB to compile", most>>20),
		Hint: "split its largest functions, or raise the memory limit of the engine",
	}
}
