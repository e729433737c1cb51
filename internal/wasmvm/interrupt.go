package wasmvm

import (
	"encoding/binary"
	"fmt"
)

// look is an empty loop: an interruption point, at which a guest can be stopped.
//
// wazero checks whether a run is over only at the head of each loop. Compiled code cannot be
// preempted either: until the guest reaches such a point, a garbage collection of the host
// waits for it, and all goroutines wait for the collection. So more of them are added to the
// code of a module before it is compiled:
//
//   - at the entry of a function, for recursion;
//   - after a call, for code that runs while a recursion unwinds;
//   - before an operation on a range of memory or of a table, since a function
//     may be a sequence of them that takes minutes.
//
// Between two looks there is at most one pass over the code of one function, with one such
// operation, and a few instructions of each function that it returns to.
const look = "\x03\x40\x0b"

// unwinding is the maximum number of bytes of code after a call without a look. It spares a
// short function, such as one that calls itself and adds, the second look.
const unwinding = 64

// withLooks returns the content of a code section with looks inserted. It changes the size and
// the instructions of functions. A function that would take too much to compile is an error.
func (s *screening) withLooks(r *reader) ([]byte, error) {
	out := make([]byte, 0, len(r.b)+len(r.b)/8)
	n := r.count()
	out = binary.AppendUvarint(out, uint64(n))
	var function []byte
	for range n {
		body := r.take(r.u32())
		f := reader{b: body}
		locals := f.locals()
		if locals > maxLocals {
			return nil, tooLarge(fmt.Sprintf("a function of the module has %d local variables, more than %d", locals, maxLocals))
		}
		index := s.imports + s.bodies
		t, _ := s.typeOf(uint32(index))
		cost := s.cost(t)
		head := len(body) - len(f.b)
		function = append(function[:0], body[:head]...)
		function = appendWithLooks(function, &f, cost)
		if f.bad {
			r.fail()
			return nil, nil
		}
		if n, most := len(function)-head, max(maxFunctionBytes, s.size/functionShare); n > most {
			return nil, tooLarge(fmt.Sprintf("function %d of the module has %d bytes of code, more than %d", index, n, most))
		}
		if err := s.weigh(index, cost, float64(locals)+float64(len(t.params))); err != nil {
			return nil, err
		}
		s.bodies++
		out = binary.AppendUvarint(out, uint64(len(function)))
		out = append(out, function...)
	}
	return append(out, r.b...), nil // surplus bytes are invalid, and remain so
}

// appendWithLooks appends the instructions of a function to out, and counts them.
func appendWithLooks(out []byte, r *reader, c *cost) []byte {
	if r.empty() {
		return out // there is no end instruction, and a look must not add one
	}
	code := r.b
	if !loopsFirst(*r) {
		c.look()
		out = append(out, look...)
	}
	copied := 0 // bytes of code
	addLook := func(at int) {
		out = append(out, code[copied:at]...)
		out = append(out, look...)
		c.look()
		copied = at
	}
	passed := false // a call or an operation on a range
	for !r.empty() {
		at := len(code) - len(r.b)
		c.instruction(*r)
		switch r.instruction() {
		case calling:
			passed = true
			if len(r.b) > unwinding {
				addLook(len(code) - len(r.b))
			}
		case ranging:
			if passed {
				addLook(at)
			}
			passed = true
		default:
		}
	}
	return append(out, code[copied:]...)
}

// loopsFirst reports whether the instructions reach a loop before any that can branch or call.
// Code of the Go compiler does, and needs no look at its entry.
func loopsFirst(r reader) bool {
	for !r.empty() {
		switch r.instruction() {
		case looping:
			return true
		case plain:
		default:
			return false
		}
	}
	return false
}
