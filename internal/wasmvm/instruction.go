package wasmvm

// kind is the effect of an instruction on the running time of a guest.
type kind byte

const (
	plain     kind = iota
	branching      // may skip the code that follows
	looping        // the head of a loop
	calling        // of another function
	ranging        // on a range of memory or of a table
)

// instruction skips an instruction of WebAssembly 2.0. Anything else is malformed, or belongs
// to a later version.
//
// See https://www.w3.org/TR/wasm-core-2/binary/instructions.html.
func (r *reader) instruction() kind {
	switch op := r.byte(); {
	case op >= 0x45 && op <= 0xc4, op == 0x01, op == 0x1a, op == 0x1b, op == 0xd1:
		// numbers, nop, drop, select, ref.is_null
	case op >= 0x20 && op <= 0x26, op == 0xd2: // variables, table.get, table.set, ref.func
		r.u32()
	case op >= 0x28 && op <= 0x3e: // loads and stores
		r.memoryArgument()
	case op == 0x41 || op == 0x42: // i32.const, i64.const
		r.skipNumber()
	case op == 0x43: // f32.const
		r.take(4)
	case op == 0x44: // f64.const
		r.take(8)
	case op == 0x02: // block
		r.blockType()
	case op == 0x03:
		r.blockType()
		return looping
	case op == 0x04: // if
		r.blockType()
		return branching
	case op == 0x0b, op == 0x00, op == 0x05, op == 0x0f: // end, unreachable, else, return
		return branching
	case op == 0x0c || op == 0x0d: // br, br_if
		r.u32()
		return branching
	case op == 0x0e: // br_table
		for range r.count() {
			r.u32()
		}
		r.u32()
		return branching
	case op == 0x10:
		r.u32()
		return calling
	case op == 0x11: // call_indirect
		r.u32()
		r.u32()
		return calling
	case op == 0x1c: // select with types
		for range r.count() {
			r.valueType()
		}
	case op == 0x3f || op == 0x40: // memory.size, memory.grow
		r.byte()
	case op == 0xd0: // ref.null
		r.refType()
	case op == 0xfc:
		return r.miscellaneous()
	case op == 0xfd:
		r.vector()
	default:
		r.fail()
	}
	return plain
}

// miscellaneous skips the rest of an instruction that begins with 0xfc.
func (r *reader) miscellaneous() kind {
	switch op := r.u32(); {
	case op <= 7: // conversions that saturate
		return plain
	case op == 9 || op == 13 || op == 16: // data.drop, elem.drop, table.size
		r.u32()
		return plain
	case op == 15 || op == 17: // table.grow, table.fill
		r.u32()
	case op == 8 || op == 12 || op == 14: // memory.init, table.init, table.copy
		r.u32()
		r.u32()
	case op == 10: // memory.copy
		r.take(2)
	case op == 11: // memory.fill
		r.byte()
	default:
		r.fail()
	}
	return ranging
}

// vector skips the rest of an instruction that begins with 0xfd. The opcodes of vector
// instructions are below 256, so the second byte of one from 128 on is 0x01, which wazero,
// and this function, interprets as a nop.
func (r *reader) vector() {
	switch op := r.byte(); {
	case op <= 11, op == 92, op == 93: // loads and stores
		r.memoryArgument()
	case op == 12 || op == 13: // v128.const, i8x16.shuffle
		r.take(16)
	case op >= 21 && op <= 34: // of one lane
		r.byte()
	case op >= 84 && op <= 91: // loads and stores of one lane
		r.memoryArgument()
		r.byte()
	}
}

// memoryArgument skips an alignment and an offset.
func (r *reader) memoryArgument() {
	r.u32()
	r.u32()
}

// blockType skips the type of a block: none, a value type in one byte, or the index of a
// function type, which is a signed number.
func (r *reader) blockType() {
	if r.empty() || r.b[0]&0x80 == 0 {
		if t := r.byte(); t != 0x40 && t&0x40 != 0 {
			r.checkValueType(t)
		}
		return
	}
	before := r.b
	r.u32()
	if last := before[max(0, len(before)-len(r.b)-1)]; last&0x40 != 0 { // negative, so not an index
		r.fail()
	}
}
