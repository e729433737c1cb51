package wasmvm

import (
	"encoding/binary"
	"fmt"
)

// look is an empty loop: a place where a guest can be stopped.
//
// wazero looks whether a run is over at the head of each loop and nowhere else.
// Nor can compiled code be preempted: until the guest comes to such a place, a
// collection of the host's memory waits for it, and everything else waits for
// the collection. So the code of a module is given more of them before it is
// compiled:
//
//   - at the entry of a function, for recursion;
//   - after a call, for what is done while a recursion unwinds;
//   - before an operation on a range of memory or of a table, since a function
//     may be a row of them that takes minutes.
//
// What is left between two looks is one pass over the code of one function, with
// one such operation, and a few instructions of each function that it returns to.
const look = "\x03\x40\x0b"

// unwinding is how many bytes of code may follow a call without a look. It spares
// a short function, such as one that calls itself and adds, the second one.
const unwinding = 64

// withLooks returns the content of a code section with looks. Of a function it
// changes the size and the instructions.
func withLooks(r *reader) ([]byte, error) {
	out := make([]byte, 0, len(r.b)+len(r.b)/8)
	n := r.count()
	out = binary.AppendUvarint(out, uint64(n))
	var function []byte
	for range n {
		body := r.take(r.u32())
		f := reader{b: body}
		if locals := f.locals(); locals > maxLocals {
			return nil, tooLarge(fmt.Sprintf("a function of the module has %d local variables, more than %d", locals, maxLocals))
		}
		function = append(function[:0], body[:len(body)-len(f.b)]...)
		function = appendWithLooks(function, &f)
		if f.bad {
			r.fail()
			return nil, nil
		}
		out = binary.AppendUvarint(out, uint64(len(function)))
		out = append(out, function...)
	}
	return append(out, r.b...), nil // more than it counts is invalid, and stays so
}

// appendWithLooks appends the instructions of a function to out.
func appendWithLooks(out []byte, r *reader) []byte {
	if r.empty() {
		return out // not even an end, which a look must not supply
	}
	code := r.b
	if !loopsFirst(*r) {
		out = append(out, look...)
	}
	copied := 0 // bytes of code
	addLook := func(at int) {
		out = append(out, code[copied:at]...)
		out = append(out, look...)
		copied = at
	}
	passed := false // a call or an operation on a range
	for !r.empty() {
		at := len(code) - len(r.b)
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

// loopsFirst reports whether the instructions come to a loop before any that can
// branch or call. What Go compiles does, and needs no look at its entry.
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
