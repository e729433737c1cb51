package hostile

import (
	"strings"
	"sync"
)

// opcode is an instruction with at most one immediate.
type opcode struct {
	bytes     string
	immediate string // its kind
	align     int    // of a load or store, the exponent
}

// opcodes returns the instructions by name.
//
//nolint:gochecknoglobals // a table, never changed
var opcodes = sync.OnceValue(func() map[string]opcode {
	all := make(map[string]opcode)
	row := func(prefix string, first byte, immediate, names string) {
		for i, name := range strings.Fields(names) {
			all[name] = opcode{bytes: prefix + string([]byte{first + byte(i)}), immediate: immediate}
		}
	}
	row("", 0x00, "", "unreachable nop")
	row("", 0x05, "", "else")
	row("", 0x0c, "label", "br br_if")
	row("", 0x0f, "", "return")
	row("", 0x10, "func", "call")
	row("", 0x1a, "", "drop select")
	row("", 0x20, "local", "local.get local.set local.tee")
	row("", 0x23, "global", "global.get global.set")
	row("", 0x25, "table", "table.get table.set")
	row("", 0x28, "memory", `
		i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u i64.load16_s i64.load16_u
		i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32`)
	row("", 0x45, "", `
		i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
		i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
		f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
		i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
		i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
		f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
		f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
		i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u`)
	row("", 0xd0, "type", "ref.null")
	row("", 0xd1, "", "ref.is_null")
	row("", 0xd2, "func", "ref.func")
	row("\xfc", 0x08, "data", "memory.init data.drop")
	row("\xfc", 0x0f, "table", "table.grow table.size table.fill")
	all["memory.size"] = opcode{bytes: "\x3f\x00"}
	all["memory.grow"] = opcode{bytes: "\x40\x00"}
	all["memory.copy"] = opcode{bytes: "\xfc\x0a\x00\x00"}
	all["memory.fill"] = opcode{bytes: "\xfc\x0b\x00"}
	all["table.copy"] = opcode{bytes: "\xfc\x0e\x00\x00"}
	for name, code := range all {
		if code.immediate == "memory" {
			code.align = alignment(name)
			all[name] = code
		}
	}
	return all
})

// alignment returns the exponent of the natural alignment of a load or store.
func alignment(name string) int {
	switch {
	case strings.Contains(name, "8"):
		return 0
	case strings.Contains(name, "16"):
		return 1
	case strings.Contains(name[3:], "32"), strings.HasPrefix(name, "i32"), strings.HasPrefix(name, "f32"):
		return 2
	}
	return 3
}
