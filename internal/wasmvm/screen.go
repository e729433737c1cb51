package wasmvm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/postern-dev/postern/hostapi"
)

// Bounds on a module that wazero does not set.
const (
	maxLocals       = 50_000  // of one function, as in browsers
	maxTables       = 16      // of one module
	maxTableEntries = 1 << 18 // of one table; an entry takes 8 bytes of the host
	maxAllEntries   = 1 << 20 // of all tables of a module
)

// module is a WebAssembly module that is safe to hand to wazero.
type module struct {
	wasm      []byte
	memoryMin int64 // bytes of linear memory that an instance starts with
	starts    bool  // it exports startExport
}

const preamble = "\x00asm\x01\x00\x00\x00"

// screen validates a module before wazero reads it, and rewrites it where necessary.
//
// wazero allocates by the counts it reads without checking that the module is long enough for
// them, so that a module of 14 bytes can end the process; and a table may grow to 32 GiB in
// addition to the limited memory. So every count is checked against the remaining bytes, and
// every table gets a maximum. Interruption points are added to the code, see [look], data
// segments are joined, see [joinData], and the start function is exported. All other sections are unchanged.
//
// Imports and exports are checked here too, because compiling a large module takes many
// seconds. wazero validates types and instructions; rewriting does not make an invalid module
// valid.
func screen(wasm []byte, host offers) (module, error) {
	if err := checkSize(wasm); err != nil {
		return module{}, err
	}
	s := screening{host: host, size: len(wasm), exports: exports{functions: make(map[string]signature)}}
	out, err := s.rewrite(wasm)
	if err == nil {
		err = s.exports.check(s.imports > 0)
	}
	return module{wasm: out, memoryMin: int64(s.memory), starts: s.exported}, err
}

func checkSize(wasm []byte) error {
	if len(wasm) > maxModuleBytes {
		return tooLarge(fmt.Sprintf("the module has %d bytes, more than %d", len(wasm), maxModuleBytes))
	}
	return nil
}

// screening is the information about a module from the sections read so far.
type screening struct {
	host offers
	size int // bytes of the module

	types     []signature
	imports   int      // functions
	functions []uint32 // the type of each, imported ones first
	memories  int
	memory    uint64 // bytes that an instance starts with
	exports   exports
	dataCount bool // there is a data count section

	start    int64   // the start function, -1 if there is none
	exported bool    // it is
	bodies   int     // functions whose code was read
	work     float64 // to compile them, see cost
}

// rewrite returns the module to compile instead of wasm.
func (s *screening) rewrite(wasm []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(wasm, []byte(preamble))
	if !ok {
		return nil, invalidModule("this is not a WebAssembly module", "build a core module of version 1, not a component")
	}
	s.start = startFunction(reader{b: rest})
	out := append(make([]byte, 0, len(wasm)+len(wasm)/8), preamble...)
	for r := (reader{b: rest}); !r.empty(); {
		whole := r.b
		id := r.byte()
		section := reader{b: r.take(r.u32())}
		if r.bad {
			return nil, invalidModule("the module is cut short", "")
		}
		patch, err := s.section(id, &section)
		leftover := patch != nil && !section.empty() // which the new content would hide from wazero
		if err == nil && (section.bad || leftover) {
			err = invalidModule(
				fmt.Sprintf("section %d is malformed, or uses a feature that is not part of WebAssembly 2.0", id), "")
		}
		if err != nil {
			return nil, err
		}
		if id == startSection && s.exported {
			continue
		}
		if patch == nil {
			out = append(out, whole[:len(whole)-len(r.b)]...)
			continue
		}
		out = binary.AppendUvarint(append(out, id), uint64(len(patch)))
		out = append(out, patch...)
	}
	return out, nil
}

// startSection has the number of the function that is called first. wazero would call it on
// another call stack, so it is exported instead, as startExport.
const (
	startSection = 8
	startExport  = "postern start"
)

// startFunction returns the number of the start function of a module, -1 if there is none.
func startFunction(r reader) int64 {
	for !r.empty() {
		id := r.byte()
		section := reader{b: r.take(r.u32())}
		if id == startSection {
			return int64(section.u32())
		}
	}
	return -1
}

// exportStart returns the content of the export section with the start function, or nil to keep
// it.
func (s *screening) exportStart(content []byte) ([]byte, error) {
	if s.start < 0 {
		return nil, nil
	}
	t, ok := s.typeOf(uint32(s.start))
	if !ok || len(t.params)+len(t.results) > 0 {
		return nil, invalidModule("the start function of the module has parameters or results, or does not exist", "")
	}
	s.exported = true
	r := reader{b: content}
	n := r.count()
	out := append(binary.AppendUvarint(nil, uint64(n)+1), r.b...)
	out = append(binary.AppendUvarint(out, uint64(len(startExport))), startExport...)
	return binary.AppendUvarint(append(out, 0), uint64(s.start)), nil
}

// section returns the new content of the section, or nil to keep it.
func (s *screening) section(id byte, r *reader) (patch []byte, err error) {
	if what, most := counted(id); what != "" {
		if err := checkCount(*r, what, most); err != nil {
			return nil, err
		}
	}
	switch id {
	case 0:
		screenCustom(r)
	case 1:
		return nil, s.readTypes(r)
	case 2:
		return nil, s.checkImports(r)
	case 3:
		for range r.count() {
			s.addFunction(r)
		}
	case 4:
		return screenTables(r)
	case 5:
		for range r.count() {
			pages, _, _ := r.limits()
			s.memories++
			s.memory += uint64(pages) << 16
		}
	case 6: // globals have no counts
		r.count()
	case 7:
		content := r.b
		s.readExports(r)
		if !r.bad {
			return s.exportStart(content)
		}
	case startSection:
		r.u32()
	case 9:
		screenElements(r)
	case 10:
		return s.withLooks(r)
	case 11:
		content := r.b
		screenData(r)
		if s.memories == 1 && !s.dataCount && !r.bad {
			return joinData(content, s.memory, uint64(s.size)), nil
		}
	case 12: // data count: one number
		s.dataCount = true
	default:
		r.fail()
	}
	return nil, nil
}

// WithoutCustom returns a module without the custom sections that nothing here reads, such as those
// for debuggers, which can be most of it. One that is not valid is returned as it is.
func WithoutCustom(wasm []byte) []byte {
	rest, ok := bytes.CutPrefix(wasm, []byte(preamble))
	if !ok {
		return wasm
	}
	var out []byte // nil: all of what was read
	for r := (reader{b: rest}); !r.empty(); {
		at := len(wasm) - len(r.b)
		id := r.byte()
		section := reader{b: r.take(r.u32())}
		name := section.name
		if r.bad {
			return wasm
		}
		switch end := len(wasm) - len(r.b); {
		case id == 0 && name() != nameSection && !section.bad:
			if out == nil {
				out = append(make([]byte, 0, len(wasm)-(end-at)), wasm[:at]...)
			}
		case out != nil:
			out = append(out, wasm[at:end]...)
		}
	}
	if out == nil {
		return wasm
	}
	return out
}

// nameSection is the name of the custom section with the names of functions and locals.
const nameSection = "name"

// screenCustom reads the custom section that wazero reads.
func screenCustom(r *reader) {
	if r.name() != nameSection {
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
		// wazero continues at the end of the names, not of the subsection.
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

func (s *screening) readTypes(r *reader) error {
	values := 0
	for range r.count() {
		t := r.signature()
		s.types = append(s.types, t)
		if values += len(t.params) + len(t.results); values > maxTypeValues {
			return tooLarge(fmt.Sprintf("the types of the module have more than %d parameters and results", maxTypeValues))
		}
		if len(t.params) > maxArity || len(t.results) > maxArity {
			return tooLarge(fmt.Sprintf("a type of the module has %d parameters and %d results, more than %d", len(t.params), len(t.results), maxArity))
		}
	}
	return nil
}

// addFunction reads the number of the type of a function. One that does not exist makes
// wazero panic at a call of the function.
func (s *screening) addFunction(r *reader) {
	i := r.u32()
	if uint64(i) >= uint64(len(s.types)) {
		r.fail()
	}
	s.functions = append(s.functions, i)
}

// typeOf returns the type of a function; the zero value if the module is invalid.
func (s *screening) typeOf(function uint32) (signature, bool) {
	if uint64(function) >= uint64(len(s.functions)) || uint64(s.functions[function]) >= uint64(len(s.types)) {
		return signature{}, false
	}
	return s.typeAt(s.functions[function]), true
}

// typeAt returns a type by its number; the zero value if there is none.
func (s *screening) typeAt(i uint32) signature {
	if uint64(i) >= uint64(len(s.types)) {
		return signature{}
	}
	return s.types[i]
}

// blockType reads the type of a block.
func (s *screening) blockType(r *reader) signature {
	if r.empty() || r.b[0]&0x80 == 0 && r.b[0]&0x40 != 0 { // none, or a value type
		t := r.byte()
		if t == 0x40 {
			return signature{}
		}
		return signature{results: []byte{t}}
	}
	return s.typeAt(r.u32())
}

func (s *screening) checkImports(r *reader) error {
	for range r.count() {
		from, name, kind := r.name(), r.name(), r.byte()
		if r.bad {
			return nil
		}
		if kind != 0 {
			return invalidModule(
				fmt.Sprintf("the module imports %s.%s, which is not a function", from, name), "a task may import functions only")
		}
		s.functions = append(s.functions, r.u32())
		imported, ok := s.typeOf(uint32(s.imports))
		if !ok {
			r.fail()
			return nil
		}
		if err := s.host.check(from, name, imported); err != nil {
			return err
		}
		s.imports++
	}
	return nil
}

func (s *screening) readExports(r *reader) {
	callable := entries()
	for range r.count() {
		name, kind, index := r.name(), r.byte(), r.u32()
		switch {
		case kind == 0 && slices.Contains(callable, name):
			f, ok := s.typeOf(index)
			if !ok {
				r.fail()
				return
			}
			s.exports.functions[name] = f
		case kind == 2 && name == "memory":
			s.exports.memory = true
		}
	}
}

// screenTables returns the section with a maximum for every table.
func screenTables(r *reader) ([]byte, error) {
	n := r.count()
	if n > maxTables {
		return nil, tooLarge(fmt.Sprintf("the module has %d tables, more than %d", n, maxTables))
	}
	most := min(maxTableEntries, maxAllEntries/max(n, 1))
	out := binary.AppendUvarint(nil, uint64(n))
	for range n {
		refType := r.refType()
		low, high, bounded := r.limits()
		if r.bad {
			return nil, nil
		}
		if low > most {
			return nil, tooLarge(fmt.Sprintf("a table of the module has %d entries, more than %d", low, most))
		}
		if !bounded || high > most {
			high = most
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

func invalidModule(message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeScript, Message: message, Hint: hint}
}

func tooLarge(message string) *hostapi.Error {
	return &hostapi.Error{Code: hostapi.CodeLimit, Message: message}
}
