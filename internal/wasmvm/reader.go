package wasmvm

import (
	"encoding/binary"
	"math"
)

// reader reads the binary format of a module. It never allocates by a count that it has read.
// After the first malformed item bad is set and every method returns zeros, so callers check
// it once, at the end.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() { r.b, r.bad = nil, true }

func (r *reader) empty() bool { return len(r.b) == 0 }

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

// u32 reads an unsigned LEB128 number of 32 bits, which takes 5 bytes at most.
func (r *reader) u32() uint32 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || n > binary.MaxVarintLen32 || v > math.MaxUint32 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return uint32(v)
}

// skipNumber skips a LEB128 number of any width.
func (r *reader) skipNumber() {
	for r.byte()&0x80 != 0 {
	}
}

// count reads the length of a vector. Each element takes a byte at least, so a
// count that the rest cannot hold is malformed.
func (r *reader) count() uint32 {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return n
}

func (r *reader) name() string { return string(r.take(r.u32())) }

// valueType skips a type of WebAssembly 2.0: a number, vector or reference.
func (r *reader) valueType() { r.checkValueType(r.byte()) }

func (r *reader) checkValueType(t byte) {
	if t < 0x7b && t != funcref && t != externref || t > 0x7f {
		r.fail()
	}
}

// valueTypes returns a vector of types, each of which is a byte.
func (r *reader) valueTypes() []byte {
	types := r.take(r.count())
	for _, t := range types {
		r.checkValueType(t)
	}
	return types
}

// signature reads the type of a function.
func (r *reader) signature() signature {
	if r.byte() != 0x60 {
		r.fail()
	}
	return signature{params: r.valueTypes(), results: r.valueTypes()}
}

// locals skips the local variables that a function declares and returns their number.
func (r *reader) locals() uint64 {
	n := uint64(0)
	for range r.count() {
		n += uint64(r.u32())
		r.valueType()
	}
	return n
}

// The reference types.
const (
	funcref   = 0x70
	externref = 0x6f
)

func (r *reader) refType() byte {
	t := r.byte()
	if t != funcref && t != externref {
		r.fail()
	}
	return t
}

// limits reads the bounds of a table or memory. Shared and 64-bit memories
// belong to later versions and are malformed here.
func (r *reader) limits() (low, high uint32, bounded bool) {
	switch r.byte() {
	case 0x00:
		return r.u32(), 0, false
	case 0x01:
		low = r.u32()
		return low, r.u32(), true
	}
	r.fail()
	return 0, 0, false
}

// constantI32 reads a constant expression that is one i32.const.
func (r *reader) constantI32() uint32 {
	if r.byte() != opI32Const {
		r.fail()
		return 0
	}
	v := r.signed()
	if r.byte() != opEnd {
		r.fail()
	}
	return uint32(v)
}

// signed reads a signed LEB128 number of 32 bits.
func (r *reader) signed() int32 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || n > binary.MaxVarintLen32 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	v64 := int64(v<<(64-7*n)) >> (64 - 7*n)
	if v64 != int64(int32(v64)) {
		r.fail()
		return 0
	}
	return int32(v64)
}

// appendSigned appends v as a signed LEB128 number.
func appendSigned(out []byte, v int32) []byte {
	for v < -64 || v > 63 {
		out = append(out, byte(v)|0x80)
		v >>= 7
	}
	return append(out, byte(v)&0x7f)
}

// Instructions of constant expressions.
const (
	opEnd      = 0x0b
	opI32Const = 0x41
)

// skipConstant skips a constant expression of a segment: an offset or a
// reference.
func (r *reader) skipConstant() {
	for !r.bad {
		switch r.byte() {
		case opEnd:
			return
		case opI32Const, 0x23, 0xd2: // or global.get, ref.func
			r.skipNumber()
		case 0xd0: // ref.null
			r.refType()
		default:
			r.fail()
		}
	}
}
