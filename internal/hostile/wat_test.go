package hostile

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// mistake is a panic of the assembler.
type mistake string

func fail(format string, args ...any) { panic(mistake(fmt.Sprintf(format, args...))) }

// assemble returns the module that is written in the WebAssembly text format: what attacks use
// of it, and (repeat N …).
func assemble(tb testing.TB, source string) []byte {
	tb.Helper()
	defer func() {
		if m, ok := recover().(mistake); ok {
			tb.Fatal("assembler: " + string(m))
		}
	}()
	p := parser{rest: source}
	nodes := expand(p.nodes(), -1)
	if len(nodes) != 1 || !nodes[0].is("module") {
		fail("there is not one module")
	}
	fields := nodes[0].list[1:]
	if len(fields) > 0 && fields[0].text == "binary" {
		var b strings.Builder
		for _, n := range fields[1:] {
			b.WriteString(n.text)
		}
		return []byte(b.String())
	}
	a := &assembler{index: make(map[string]int), counts: make(map[string]int)}
	return a.module(fields)
}

// assembler writes one module.
type assembler struct {
	index  map[string]int // of a name, with its kind before it
	counts map[string]int // of a kind

	types     []string
	imports   []string
	functions []string
	tables    []string
	memories  []string
	globals   []string
	exports   []string
	elements  []string
	code      []string
	data      []string
	start     string

	locals map[string]int
	labels []string
}

func uleb(n int) string { return string(binary.AppendUvarint(nil, uint64(n))) }

func sleb(v int64) string {
	var b []byte
	for v < -64 || v > 63 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return string(append(b, byte(v)&0x7f))
}

func sized(content string) string { return uleb(len(content)) + content }

func vector(items []string) string { return uleb(len(items)) + strings.Join(items, "") }

func integer(text string) int64 {
	text = strings.ReplaceAll(text, "_", "")
	if v, err := strconv.ParseInt(text, 0, 64); err == nil {
		return v
	}
	v, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		fail("%q is not an integer", text)
	}
	return int64(v)
}

// declare numbers a thing and notes its name.
func (a *assembler) declare(kind string, rest []node) []node {
	n := a.counts[kind]
	a.counts[kind]++
	if len(rest) > 0 && strings.HasPrefix(rest[0].text, "$") {
		a.index[kind+rest[0].text] = n
		return rest[1:]
	}
	return rest
}

// find returns the number of a thing by its name or number.
func (a *assembler) find(kind, name string) int {
	if !strings.HasPrefix(name, "$") {
		return int(integer(name))
	}
	n, ok := a.index[kind+name]
	if !ok {
		fail("there is no %s %s", kind, name)
	}
	return n
}

func (a *assembler) module(fields []node) []byte {
	bodies := make([][]node, len(fields))
	for i, f := range fields { // names first: functions may refer to later ones
		bodies[i] = f.list[1:]
		switch kind := f.head(); kind {
		case "type", "func", "table", "memory", "global":
			bodies[i] = a.declare(kind, bodies[i])
		case "import":
			if f.list[3].head() != "func" {
				fail("only functions are imported")
			}
			a.declare("func", f.list[3].list[1:])
		}
	}
	for i, f := range fields {
		if f.is("type") {
			signature := bodies[i][0].list[1:]
			a.types = append(a.types, "\x60"+a.valueTypes("param", signature)+a.valueTypes("result", signature))
		}
	}
	for i, f := range fields {
		a.field(f.head(), bodies[i])
	}
	var b strings.Builder
	b.WriteString("\x00asm\x01\x00\x00\x00")
	section := func(id byte, items []string) {
		if len(items) > 0 {
			b.WriteString(string(id) + sized(vector(items)))
		}
	}
	section(1, a.types)
	section(2, a.imports)
	section(3, a.functions)
	section(4, a.tables)
	section(5, a.memories)
	section(6, a.globals)
	section(7, a.exports)
	if a.start != "" {
		b.WriteString("\x08" + sized(a.start))
	}
	section(9, a.elements)
	section(10, a.code)
	section(11, a.data)
	return []byte(b.String())
}

func (a *assembler) field(kind string, body []node) {
	switch kind {
	case "type":
	case "import":
		t := a.typeUse(body[2].list[1:])
		a.imports = append(a.imports, sized(body[0].text)+sized(body[1].text)+"\x00"+uleb(t))
	case "func":
		body = a.export("\x00", len(a.imports)+len(a.functions), body)
		a.function(body)
	case "table":
		body = a.export("\x01", len(a.tables), body)
		last := len(body) - 1
		a.tables = append(a.tables, valueType(body[last].text)+limits(body[:last]))
	case "memory":
		body = a.export("\x02", len(a.memories), body)
		a.memories = append(a.memories, limits(body))
	case "global":
		mutable, t := "\x00", body[0].text
		if body[0].is("mut") {
			mutable, t = "\x01", body[0].list[1].text
		}
		a.globals = append(a.globals, valueType(t)+mutable+a.constant(body[1]))
	case "export":
		kind := body[1].head()
		a.exports = append(a.exports, sized(body[0].text)+string(rune(strings.Index("ftmg", kind[:1])))+uleb(a.find(kind, body[1].list[1].text)))
	case "start":
		a.start = uleb(a.find("func", body[0].text))
	case "elem":
		var entries []string
		for _, n := range body[1:] {
			if n.text != "func" {
				entries = append(entries, uleb(a.find("func", n.text)))
			}
		}
		a.elements = append(a.elements, "\x00"+a.constant(body[0])+vector(entries))
	case "data":
		start := "\x01"
		if body[0].list != nil {
			start = "\x00" + a.constant(body[0])
			body = body[1:]
		}
		var b strings.Builder
		for _, n := range body {
			b.WriteString(n.text)
		}
		a.data = append(a.data, start+sized(b.String()))
	default:
		fail("unknown field %s", kind)
	}
}

// export reads (export "name") if it is next.
func (a *assembler) export(kind string, index int, body []node) []node {
	for len(body) > 0 && body[0].is("export") {
		a.exports = append(a.exports, sized(body[0].list[1].text)+kind+uleb(index))
		body = body[1:]
	}
	return body
}

func limits(body []node) string {
	if len(body) == 1 {
		return "\x00" + uleb(int(integer(body[0].text)))
	}
	return "\x01" + uleb(int(integer(body[0].text))) + uleb(int(integer(body[1].text)))
}

var valueTypes = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"i32": "\x7f", "i64": "\x7e", "f32": "\x7d", "f64": "\x7c", "v128": "\x7b", "funcref": "\x70", "externref": "\x6f", "func": "\x70", "extern": "\x6f",
}

func valueType(name string) string {
	code, ok := valueTypes[name]
	if !ok {
		fail("unknown type %s", name)
	}
	return code
}

// valueTypes returns the types of all parameters or results.
func (a *assembler) valueTypes(kind string, body []node) string {
	var types []string
	for _, n := range body {
		if n.is(kind) {
			for _, t := range n.list[1:] {
				if !strings.HasPrefix(t.text, "$") {
					types = append(types, valueType(t.text))
				}
			}
		}
	}
	return vector(types)
}

// typeUse returns the index of the type that a function or a block has.
func (a *assembler) typeUse(body []node) int {
	for _, n := range body {
		if n.is("type") {
			return a.find("type", n.list[1].text)
		}
	}
	t := "\x60" + a.valueTypes("param", body) + a.valueTypes("result", body)
	for i, known := range a.types {
		if known == t {
			return i
		}
	}
	a.types = append(a.types, t)
	return len(a.types) - 1
}

func (a *assembler) constant(n node) string {
	if n.is("offset") {
		n = n.list[1]
	}
	var b strings.Builder
	a.instructions(&b, []node{n})
	return b.String() + "\x0b"
}

func (a *assembler) function(body []node) {
	a.functions = append(a.functions, uleb(a.typeUse(body)))
	a.locals, a.labels = make(map[string]int), []string{""}
	count := 0
	var runs []string
	for len(body) > 0 && (body[0].is("type") || body[0].is("param") || body[0].is("result") || body[0].is("local") || body[0].is("locals")) {
		words := body[0].list[1:]
		switch kind := body[0].head(); kind {
		case "param", "local":
			for _, w := range words {
				if strings.HasPrefix(w.text, "$") {
					a.locals[w.text] = count
					continue
				}
				count++
				if kind == "local" {
					runs = append(runs, "\x01"+valueType(w.text))
				}
			}
		case "locals": // (locals N type): as the binary format has it
			runs = append(runs, uleb(int(integer(words[0].text)))+valueType(words[1].text))
			count += int(integer(words[0].text))
		}
		body = body[1:]
	}
	var b strings.Builder
	a.instructions(&b, body)
	a.code = append(a.code, sized(vector(runs)+b.String()+"\x0b"))
}

// instructions writes a sequence, plain or folded.
func (a *assembler) instructions(b *strings.Builder, body []node) {
	for len(body) > 0 {
		n := body[0]
		if n.list != nil {
			a.folded(b, n.list)
			body = body[1:]
			continue
		}
		body = body[1+a.instruction(b, n.text, body[1:]):]
	}
}

// folded writes (op immediate… operand…).
func (a *assembler) folded(b *strings.Builder, list []node) {
	op, rest := list[0].text, list[1:]
	switch op {
	case "bytes": // an instruction as it is
		for _, n := range rest {
			b.WriteString(n.text)
		}
	case "block", "loop":
		rest = rest[a.instruction(b, op, rest):]
		a.instructions(b, rest)
		a.instruction(b, "end", nil)
	case "if":
		var head, then []node
		for _, n := range rest {
			switch {
			case n.is("then"), n.is("else"):
				then = append(then, n)
			case n.list == nil, n.is("result"), n.is("param"), n.is("type"):
				head = append(head, n)
			default:
				a.instructions(b, []node{n})
			}
		}
		a.instruction(b, op, head)
		for _, n := range then {
			if n.is("else") {
				a.instruction(b, "else", nil)
			}
			a.instructions(b, n.list[1:])
		}
		a.instruction(b, "end", nil)
	default:
		var immediates []node
		for _, n := range rest {
			if n.list == nil || n.is("type") || n.is("result") || n.is("param") {
				immediates = append(immediates, n)
			} else {
				a.instructions(b, []node{n})
			}
		}
		a.instruction(b, op, immediates)
	}
}

// instruction writes one instruction and returns how many nodes of rest are its immediates.
func (a *assembler) instruction(b *strings.Builder, op string, rest []node) (used int) {
	atom := func() string {
		if len(rest) == 0 {
			fail("%s lacks an immediate", op)
		}
		return rest[0].text
	}
	switch op {
	case "block", "loop", "if":
		return a.open(b, op, rest)
	case "end":
		a.labels = a.labels[:len(a.labels)-1]
		b.WriteByte(0x0b)
		return 0
	case "br_table":
		for used < len(rest) && rest[used].list == nil && isIndex(rest[used].text) {
			used++
		}
		b.WriteString("\x0e" + uleb(used-1))
		for _, n := range rest[:used] {
			b.WriteString(uleb(a.label(n.text)))
		}
		return used
	case "call_indirect":
		table := 0
		if rest[0].list == nil {
			table, used = a.find("table", rest[0].text), 1
		}
		from := used
		for used < len(rest) && (rest[used].is("type") || rest[used].is("param") || rest[used].is("result")) {
			used++
		}
		b.WriteString("\x11" + uleb(a.typeUse(rest[from:used])) + uleb(table))
		return used
	case "i32.const":
		b.WriteString("\x41" + sleb(int64(int32(integer(atom())))))
		return 1
	case "i64.const":
		b.WriteString("\x42" + sleb(integer(atom())))
		return 1
	case "f32.const", "f64.const":
		f, err := strconv.ParseFloat(atom(), 64)
		if err != nil {
			fail("%v", err)
		}
		if op == "f32.const" {
			b.Write(binary.LittleEndian.AppendUint32([]byte{0x43}, math.Float32bits(float32(f))))
		} else {
			b.Write(binary.LittleEndian.AppendUint64([]byte{0x44}, math.Float64bits(f)))
		}
		return 1
	}
	code, ok := opcodes()[op]
	if !ok {
		fail("unknown instruction %s", op)
	}
	b.WriteString(code.bytes)
	switch code.immediate {
	case "label":
		b.WriteString(uleb(a.label(atom())))
		return 1
	case "local":
		name := atom()
		n, ok := a.locals[name]
		if !ok {
			n = int(integer(name))
		}
		b.WriteString(uleb(n))
		return 1
	case "func", "global":
		b.WriteString(uleb(a.find(code.immediate, atom())))
		return 1
	case "table", "data": // 0 if it is not named
		if len(rest) > 0 && rest[0].list == nil && isIndex(rest[0].text) {
			b.WriteString(uleb(a.find(code.immediate, rest[0].text)))
			used = 1
		} else {
			b.WriteByte(0)
		}
		if op == "memory.init" {
			b.WriteByte(0)
		}
	case "type":
		b.WriteString(valueType(atom()))
		return 1
	case "memory":
		align, offset := code.align, 0
		for used < len(rest) && rest[used].list == nil && strings.Contains(rest[used].text, "=") {
			name, value, _ := strings.Cut(rest[used].text, "=")
			if n := int(integer(value)); name == "offset" {
				offset = n
			} else {
				align = int(math.Log2(float64(n)))
			}
			used++
		}
		b.WriteString(uleb(align) + uleb(offset))
	}
	return used
}

func (a *assembler) open(b *strings.Builder, op string, rest []node) (used int) {
	label := ""
	if len(rest) > 0 && strings.HasPrefix(rest[0].text, "$") {
		label, used = rest[0].text, 1
	}
	from := used
	for used < len(rest) && (rest[used].is("type") || rest[used].is("param") || rest[used].is("result")) {
		used++
	}
	b.WriteByte(map[string]byte{"block": 2, "loop": 3, "if": 4}[op])
	switch signature := rest[from:used]; {
	case len(signature) == 0:
		b.WriteByte(0x40)
	case len(signature) == 1 && signature[0].is("result") && len(signature[0].list) == 2:
		b.WriteString(valueType(signature[0].list[1].text))
	default:
		b.WriteString(sleb(int64(a.typeUse(signature))))
	}
	a.labels = append(a.labels, label)
	return used
}

// label returns the distance of a label.
func (a *assembler) label(name string) int {
	if !strings.HasPrefix(name, "$") {
		return int(integer(name))
	}
	for i := range a.labels {
		if a.labels[len(a.labels)-1-i] == name {
			return i
		}
	}
	fail("there is no label %s", name)
	return 0
}

func isIndex(text string) bool {
	return strings.HasPrefix(text, "$") || text != "" && text[0] >= '0' && text[0] <= '9'
}
