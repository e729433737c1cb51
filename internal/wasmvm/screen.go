package wasmvm

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/postern-dev/postern/hostapi"
)

// Bounds on a module that wazero does not set.
const (
	maxLocals       = 50_000  // of one function, as in browsers
	maxTables       = 16      // of one module
	maxTableEntries = 1 << 18 // of one table; an entry takes 8 bytes of the host
)

// module is a WebAssembly module that is safe to hand to wazero.
type module struct {
	wasm      []byte
	memoryMin int64 // bytes of linear memory that an instance starts with
}

const preamble = "\x00asm\x01\x00\x00\x00"

// screen looks at a module before wazero does. wazero allocates by the counts
// it reads without asking whether the module is long enough for them, so that
// one of 14 bytes can end the process; and a table may grow to 32 GiB beside
// the memory that is limited. So every count is held against the bytes that
// follow it, and every table gets a maximum.
//
// Whether types and instructions are valid is left to wazero.
func screen(wasm []byte) (module, error) {
	rest, ok := bytes.CutPrefix(wasm, []byte(preamble))
	if !ok {
		return module{}, invalidModule("this is not a WebAssembly module", "build a core module of version 1, not a component")
	}
	m := module{wasm: wasm}
	for r := (reader{b: rest}); !r.empty(); {
		start := len(m.wasm) - len(r.b)
		id := r.byte()
		section := reader{b: r.take(r.u32())}
		if r.bad {
			return module{}, invalidModule("the module is cut short", "")
		}
		patch, err := m.screenSection(id, &section)
		if err == nil && section.bad {
			err = invalidModule(
				fmt.Sprintf("section %d is malformed, or uses a feature that is not part of WebAssembly 2.0", id), "")
		}
		if err != nil {
			return module{}, err
		}
		if patch != nil {
			end := len(m.wasm) - len(r.b)
			m.wasm = replaceSection(m.wasm, start, end, id, patch)
		}
	}
	return m, nil
}

// screenSection returns the content to put in place of the section's, or nil to
// leave it as it is.
func (m *module) screenSection(id byte, r *reader) (patch []byte, err error) {
	switch id {
	case 0:
		screenCustom(r)
	case 1:
		screenTypes(r)
	case 2:
		return nil, screenImports(r)
	case 3, 6: // functions, globals: nothing in them has a count
		r.count()
	case 4:
		return screenTables(r)
	case 5:
		for range r.count() {
			pages, _, _ := r.limits()
			m.memoryMin += int64(pages) << 16
		}
	case 7:
		for range r.count() {
			r.name()
			r.byte()
			r.u32()
		}
	case 8, 12: // start, data count: one number
	case 9:
		screenElements(r)
	case 10:
		return nil, screenCode(r)
	case 11:
		screenData(r)
	default:
		r.fail()
	}
	return nil, nil
}

// screenCustom reads what wazero reads of custom sections: the names of
// functions and locals.
func screenCustom(r *reader) {
	if r.name() != "name" {
		return
	}
	for !r.empty() {
		id := r.byte()
		names := reader{b: r.take(r.u32())}
		switch id {
		case 0:
			names.name()
		case 1:
			screenNames(&names)
		case 2:
			for range names.count() {
				names.u32()
				screenNames(&names)
			}
		default:
			continue
		}
		// wazero goes on where the names end, not where the subsection does.
		if names.bad || !names.empty() {
			r.fail()
		}
	}
}

func screenNames(r *reader) {
	for range r.count() {
		r.u32()
		r.name()
	}
}

func screenTypes(r *reader) {
	for range r.count() {
		if r.byte() != 0x60 {
			r.fail()
			return
		}
		for range 2 { // parameters, results
			for range r.count() {
				r.valueType()
			}
		}
	}
}

// screenImports refuses what no host module offers. Functions are checked with
// their types, when wazero has read those.
func screenImports(r *reader) error {
	for range r.count() {
		from, name, kind := r.name(), r.name(), r.byte()
		if r.bad {
			return nil
		}
		if kind != 0 {
			return invalidModule(
				fmt.Sprintf("the module imports %s.%s, which is not a function", from, name), "a task may import functions only")
		}
		r.u32()
	}
	return nil
}

// screenTables returns the section with a maximum for every table.
func screenTables(r *reader) ([]byte, error) {
	n := r.count()
	if n > maxTables {
		return nil, tooLarge(fmt.Sprintf("the module has %d tables, more than %d", n, maxTables))
	}
	out := binary.AppendUvarint(nil, uint64(n))
	for range n {
		refType := r.refType()
		low, high, bounded := r.limits()
		if r.bad {
			return nil, nil
		}
		if low > maxTableEntries {
			return nil, tooLarge(fmt.Sprintf("a table of the module has %d entries, more than %d", low, maxTableEntries))
		}
		if !bounded || high > maxTableEntries {
			high = maxTableEntries
		}
		out = append(out, refType, 0x01)
		out = binary.AppendUvarint(out, uint64(low))
		out = binary.AppendUvarint(out, uint64(high))
	}
	return out, nil
}

func screenElements(r *reader) {
	for range r.count() {
		// Of the three bits, the first says passive or declarative, the second
		// that a table is named (or declarative), the third that entries are
		// expressions.
		flags := r.u32()
		if flags > 7 {
			r.fail()
		}
		if flags&1 == 0 {
			if flags&2 != 0 {
				r.u32()
			}
			r.skipConstant()
		}
		if flags&3 != 0 {
			r.byte() // type of the entries
		}
		for range r.count() {
			if flags&4 != 0 {
				r.skipConstant()
			} else {
				r.u32()
			}
		}
	}
}

func screenCode(r *reader) error {
	for range r.count() {
		function := reader{b: r.take(r.u32())}
		locals := uint64(0)
		for range function.count() {
			locals += uint64(function.u32())
			function.valueType()
		}
		if function.bad {
			r.fail()
			return nil
		}
		if locals > maxLocals {
			return tooLarge(fmt.Sprintf("a function of the module has %d local variables, more than %d", locals, maxLocals))
		}
	}
	return nil
}

func screenData(r *reader) {
	for range r.count() {
		switch r.u32() {
		case 0:
			r.skipConstant()
		case 1:
		case 2:
			r.u32()
			r.skipConstant()
		default:
			r.fail()
		}
		r.take(r.u32())
	}
}

// replaceSection returns wasm with the section from start to end replaced.
func replaceSection(wasm []byte, start, end int, id byte, content []byte) []byte {
	out := make([]byte, 0, len(wasm)+len(content))
	out = append(out, wasm[:start]...)
	out = append(out, id)
	out = binary.AppendUvarint(out, uint64(len(content)))
	out = append(out, content...)
	return append(out, wasm[end:]...)
}

func invalidModule(message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeScript, Message: message, Hint: hint}
}

func tooLarge(message string) error {
	return &hostapi.Error{Code: hostapi.CodeLimit, Message: message}
}
