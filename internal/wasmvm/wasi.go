package wasmvm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// errno is the result of a function of WASI.
type errno uint32

const (
	errnoSuccess errno = 0
	errnoBadf    errno = 8  // not an open file descriptor
	errnoFault   errno = 21 // not in the guest's memory
	errnoInval   errno = 28
	errnoIO      errno = 29
	errnoNotsup  errno = 58
)

// wasiFunction is a function of WASI.
type wasiFunction struct {
	name   string
	params string // a letter each: i for i32, I for i64
	do     func(ctx context.Context, r *run, memory api.Memory, args []uint64) errno
}

// wasiFunctions replace the functions of wazero whose time or memory depends on arguments of
// the guest. wazero's neither end with the task nor limit their allocations: a path as long as
// the guest's memory is copied before it is refused, and a file descriptor may be renumbered
// so that its table takes 16 GB. The rest of WASI is wazero's.
func wasiFunctions() []wasiFunction {
	return []wasiFunction{
		{"fd_read", "iiii", fdRead},
		{"fd_write", "iiii", fdWrite},
		{"fd_pread", "iiiIi", refuse(errnoBadf)},
		{"fd_pwrite", "iiiIi", refuse(errnoBadf)},
		{"fd_renumber", "ii", refuse(errnoNotsup)},
		{"path_create_directory", "iii", refuse(errnoBadf)},
		{"path_filestat_get", "iiiii", refuse(errnoBadf)},
		{"path_filestat_set_times", "iiiiIIi", refuse(errnoBadf)},
		{"path_link", "iiiiiii", refuse(errnoBadf)},
		{"path_open", "iiiiiIIii", refuse(errnoBadf)},
		{"path_readlink", "iiiiii", refuse(errnoBadf)},
		{"path_remove_directory", "iii", refuse(errnoBadf)},
		{"path_rename", "iiiiii", refuse(errnoBadf)},
		{"path_symlink", "iiiii", refuse(errnoBadf)},
		{"path_unlink_file", "iii", refuse(errnoBadf)},
		{"poll_oneoff", "iiii", pollOneoff},
		{"random_get", "ii", randomGet},
	}
}

// newWASI returns the host module of WASI.
func newWASI(r wazero.Runtime) wazero.HostModuleBuilder {
	b := r.NewHostModuleBuilder(wasi_snapshot_preview1.ModuleName)
	wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(b)
	for _, f := range wasiFunctions() {
		params := make([]api.ValueType, len(f.params))
		for i, letter := range f.params {
			params[i] = api.ValueTypeI32
			if letter == 'I' {
				params[i] = api.ValueTypeI64
			}
		}
		b.NewFunctionBuilder().WithGoModuleFunction(f.call(), params, []api.ValueType{api.ValueTypeI32}).Export(f.name)
	}
	return b
}

func (f wasiFunction) call() api.GoModuleFunc {
	return timely(func(ctx context.Context, mod api.Module, stack []uint64) {
		defer stopOnPanic(f.name)
		stack[0] = uint64(f.do(ctx, runOf(ctx), mod.Memory(), stack))
	})
}

func refuse(e errno) func(context.Context, *run, api.Memory, []uint64) errno {
	return func(context.Context, *run, api.Memory, []uint64) errno { return e }
}

// fdRead is fd_read(fd, vectors, vectors_len, read). Standard input is empty.
func fdRead(_ context.Context, _ *run, memory api.Memory, args []uint64) errno {
	if uint32(args[0]) != 0 {
		return errnoBadf
	}
	return faultUnless(memory.WriteUint32Le(uint32(args[3]), 0))
}

// fdWrite is fd_write(fd, vectors, vectors_len, written). A vector is a pointer
// and a length.
func fdWrite(_ context.Context, r *run, memory api.Memory, args []uint64) errno {
	var out *lineWriter
	switch uint32(args[0]) {
	case 1:
		out = r.stdout
	case 2:
		out = r.stderr
	default:
		return errnoBadf
	}
	vectors, e := records(memory, args[1], args[2], 8)
	if e != errnoSuccess {
		return e
	}
	written := uint32(0)
	for ; len(vectors) > 0; vectors = vectors[8:] {
		text, ok := memory.Read(binary.LittleEndian.Uint32(vectors), binary.LittleEndian.Uint32(vectors[4:]))
		if !ok {
			return errnoFault
		}
		if _, err := out.Write(text); err != nil {
			return errnoIO
		}
		written += uint32(len(text))
	}
	return faultUnless(memory.WriteUint32Le(uint32(args[3]), written))
}

// randomPiece is the number of random bytes between two checks whether the run is over.
const randomPiece = 1 << 20

// randomGet is random_get(buffer, buffer_len).
func randomGet(ctx context.Context, r *run, memory api.Memory, args []uint64) errno {
	buffer, ok := memory.Read(uint32(args[0]), uint32(args[1]))
	for ok && len(buffer) > 0 {
		r.stopIfOver(ctx)
		n := min(len(buffer), randomPiece)
		_, _ = rand.Read(buffer[:n]) // never fails
		buffer = buffer[n:]
	}
	return faultUnless(ok)
}

// The event types of poll_oneoff, and the sizes of its records.
const (
	pollClock   = 0
	pollFdRead  = 1
	pollFdWrite = 2

	subscriptionSize = 48
	eventSize        = 32
)

// pollOneoff is poll_oneoff(subscriptions, events, subscriptions_len, events_len). It sleeps
// until the first clock expires, unless there is a subscription to a file descriptor, which is
// always ready or invalid.
//
// See https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#poll_oneoff.
func pollOneoff(ctx context.Context, r *run, memory api.Memory, args []uint64) errno {
	in, e := records(memory, args[0], args[2], subscriptionSize)
	if e != errnoSuccess {
		return e
	}
	out, e := records(memory, args[1], args[2], eventSize)
	if e != errnoSuccess {
		return e
	}
	if len(in) == 0 {
		return errnoInval
	}
	first := uint64(1<<63 - 1) // nanoseconds
	for s := in; len(s) > 0; s = s[subscriptionSize:] {
		switch s[8] {
		case pollClock:
			if s[40]&1 != 0 { // an absolute time
				return errnoNotsup
			}
			first = min(first, binary.LittleEndian.Uint64(s[24:]))
		case pollFdRead, pollFdWrite:
			first = 0
		default:
			return errnoInval
		}
	}
	if first > 0 {
		sleep(ctx, time.Duration(first))
		r.stopIfOver(ctx)
	}
	events := uint32(0)
	for s := in; len(s) > 0; s = s[subscriptionSize:] {
		outcome := errnoSuccess
		switch fd := binary.LittleEndian.Uint32(s[16:]); {
		case s[8] == pollClock && binary.LittleEndian.Uint64(s[24:]) > first:
			continue
		case s[8] == pollFdRead && fd != 0, s[8] == pollFdWrite && fd != 1 && fd != 2:
			outcome = errnoBadf
		}
		event := [eventSize]byte{8: byte(outcome), 10: s[8]}
		copy(event[:8], s)
		copy(out[events*eventSize:], event[:])
		events++
	}
	return faultUnless(memory.WriteUint32Le(uint32(args[3]), events))
}

// maxRecords is the maximum number of vectors or subscriptions in one call, the usual IOV_MAX
// of POSIX systems.
const maxRecords = 1024

// records returns n records of the guest's memory.
func records(memory api.Memory, at, n uint64, size uint32) ([]byte, errno) {
	if uint32(n) > maxRecords {
		return nil, errnoInval
	}
	b, ok := memory.Read(uint32(at), uint32(n)*size)
	return b, faultUnless(ok)
}

// faultUnless returns the result of a function, given whether its pointers are in the guest's
// memory.
func faultUnless(ok bool) errno {
	if !ok {
		return errnoFault
	}
	return errnoSuccess
}
