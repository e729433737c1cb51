package wasmvm

import (
	"context"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// abiModule is the module from which a guest imports the host's operations. Its name has the
// version of the ABI, which docs/ABI.md describes.
const abiModule = "postern_v1"

// operation is a host call with a result.
type operation struct {
	name   string // as imported
	params string // a letter each: i for i32, I for i64
	do     func(ctx context.Context, c *call) ([]byte, error)
}

// operations lists every host call but read_result, requesting_limit and fail, which do not
// replace the result.
func operations() []operation {
	return []operation{
		{"find_data", "ii", findData},
		{"set_data", "iiii", setData},
		{"log", "iii", logLine},
		{"get_oauth2_token", "ii", getOAuth2Token},
		{"get_oauth2_token_info", "ii", getOAuth2TokenInfo},
		{"request", "iiii", request},
		{"response_body", "", responseBody},
		{"decode_text", "iiii", decodeText},
		{"encode_text", "iiii", encodeText},
		{"data_items", "", dataItems},
		{"setting", "ii", setting},
		{"process", "", process},
		{"find_users", "ii", findUsers},
		{"find_groups", "ii", findGroups},
		{"auth_setting", "ii", authSetting},
		{"save_temporary_data", "ii", saveTemporaryData},
		{"restore_temporary_data", "", restoreTemporaryData},
		{"start_process", "i", startProcess},
		{"post_feed", "ii", postFeed},
		{"send_email", "ii", sendEmail},
		{"find_files", "ii", findFiles},
		{"read_file", "iiiIi", readFile},
		{"set_files", "iiiiii", setFiles},
		{"response_part", "Ii", responsePart},
	}
}

// newABI returns the host module of the ABI.
func newABI(r wazero.Runtime) wazero.HostModuleBuilder {
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64
	b := r.NewHostModuleBuilder(abiModule)
	export := func(name string, f api.GoModuleFunc, params string, results ...api.ValueType) {
		types := make([]api.ValueType, len(params))
		for i, letter := range params {
			if types[i] = i32; letter == 'I' {
				types[i] = i64
			}
		}
		b.NewFunctionBuilder().WithGoModuleFunction(timely(f), types, results).Export(name)
	}
	for _, op := range operations() {
		export(op.name, op.answer, op.params, i64)
	}
	export("read_result", readResult, "ii", i32)
	export("requesting_limit", requestingLimit, "", i32)
	export("fail", fail, "ii")
	return b
}

// timely returns f preceded by a check whether the run is over. A guest may call host
// functions one after the other without a loop.
func timely(f api.GoModuleFunc) api.GoModuleFunc {
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		runOf(ctx).stopIfOver(ctx)
		f(ctx, mod, stack)
	}
}

// stopIfOver ends a run that has reached its time limit or was cancelled.
func (r *run) stopIfOver(ctx context.Context) {
	if ctx.Err() != nil {
		panic(sys.NewExitError(sys.ExitCodeContextCanceled)) // as proc_exit does; see outcome
	}
}

// call is one call of an operation by a guest.
type call struct {
	*run
	op     string
	memory api.Memory
	args   []uint64 // the wasm stack: arguments
}

// answer runs the operation and stores its result in the run. It returns an i64 with the
// status, 0 or 1, in the upper half and the result's length in the lower half.
func (op operation) answer(ctx context.Context, mod api.Module, stack []uint64) {
	r := runOf(ctx)
	defer stopOnPanic(op.name)
	result, err := r.perform(ctx, op, &call{run: r, op: op.name, memory: mod.Memory(), args: stack})
	status := uint64(0)
	if err != nil {
		status, result = 1, r.report(op.name, err)
	}
	r.result = result
	stack[0] = status<<32 | uint64(len(result))
}

func (r *run) perform(ctx context.Context, op operation, c *call) ([]byte, error) {
	if !r.started {
		return nil, invalidArgument(op.name, "host calls are for run and _start; the module made one while it was initialized")
	}
	result, err := op.do(ctx, c)
	if err == nil && int64(len(result)) > min(r.limits.Memory, math.MaxInt32) {
		return nil, reached(op.name, "memory", r.limits)
	}
	return result, err
}

// stopOnPanic ends the run when the host panics: a guest must not continue with a host in an
// unknown state. wazero returns the error to the caller of the guest.
func stopOnPanic(op string) {
	switch v := recover().(type) {
	case nil:
	case *sys.ExitError, hostPanicError: // the run is over, or has failed in another call
		panic(v)
	default:
		panic(newHostPanic(op, v))
	}
}

// readResult copies the next bytes of the result to the guest and returns their number, 0 at
// the end, or -1 if the buffer is not in the guest's memory.
func readResult(ctx context.Context, mod api.Module, stack []uint64) {
	r := runOf(ctx)
	buffer, ok := mod.Memory().Read(uint32(stack[0]), uint32(stack[1]))
	if !ok {
		stack[0] = math.MaxUint32
		return
	}
	n := copy(buffer, r.result)
	if r.result = r.result[n:]; len(r.result) == 0 {
		r.result = nil // frees a large body early
	}
	stack[0] = uint64(n)
}

func requestingLimit(ctx context.Context, _ api.Module, stack []uint64) {
	defer stopOnPanic("requesting_limit")
	stack[0] = api.EncodeI32(int32(min(runOf(ctx).host.RequestingLimit(), math.MaxInt32)))
}

// fail records the error of the task. The guest must still return.
func fail(ctx context.Context, mod api.Module, stack []uint64) {
	r := runOf(ctx)
	r.failed, r.failure = true, ""
	if message, ok := mod.Memory().Read(uint32(stack[0]), uint32(stack[1])); ok {
		r.failure = strings.ToValidUTF8(string(message[:min(len(message), maxLine)]), "\ufffd")
	}
}

// bytes returns the memory given by two arguments, a pointer and a length. It is the guest's
// memory, not a copy: valid until the operation returns.
func (c *call) bytes(arg int, what string) ([]byte, error) {
	pointer, length := uint32(c.args[arg]), uint32(c.args[arg+1])
	b, ok := c.memory.Read(pointer, length)
	if !ok {
		return nil, invalidArgument(c.op, fmt.Sprintf(
			"%s: %d bytes at %d are not all in the guest's memory of %d bytes", what, length, pointer, c.memory.Size()))
	}
	return b, nil
}

// maxName is the maximum length in bytes of the name of a data item, a connection and the like.
const maxName = 64 << 10

// name returns the memory given by the first two arguments as a name.
func (c *call) name(what string) (string, error) {
	b, err := c.bytes(0, what)
	if err != nil {
		return "", err
	}
	if len(b) > maxName {
		return "", invalidArgument(c.op, fmt.Sprintf("%s has %d bytes, more than %d", what, len(b), maxName))
	}
	return c.text(0, what)
}

// hostShare is the memory in bytes that the host may take for a call in any case.
const hostShare = 16 << 20

// room returns the bytes that the host may take for the call: with the guest's memory, they
// have to be within the limit, apart from the host's share.
func (c *call) room() int64 {
	return max(c.limits.Memory-int64(c.memory.Size()), 0) + hostShare
}

// textWithin is text of at most that many bytes, a number that the limit of that name sets.
func (c *call) textWithin(arg int, what string, most int64, name string) (string, error) {
	b, err := c.bytes(arg, what)
	if err != nil {
		return "", err
	}
	if int64(len(b)) > most {
		return "", reached(c.op, name, c.limits)
	}
	return c.text(arg, what)
}

// text returns the memory given by two arguments as text, which must be UTF-8.
func (c *call) text(arg int, what string) (string, error) {
	b, err := c.bytes(arg, what)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", invalidArgument(c.op, what+" is not UTF-8")
	}
	return string(b), nil
}

// object decodes the JSON object given by the first two arguments into v, a pointer to a
// struct of package hostapi. content is the limit of that name for the bytes of files or the
// like in it, which are a third longer in base64.
func (c *call) object(what, name string, content int64, v any) error {
	text, err := c.bytes(0, what)
	if err != nil {
		return err
	}
	if most := content + content/2 + 1<<20; int64(len(text)) > most {
		return reached(c.op, name, c.limits)
	}
	return decodeObject(c.op, what, text, v)
}
