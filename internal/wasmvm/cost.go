package wasmvm

import (
	"fmt"
	"math"
)

// Bounds on what wazero needs to compile a module. Its compiler makes a value of every local
// variable at every block that the variable may be read behind, follows chains of such values
// from block to block, and cannot be interrupted. A few kilobytes of many blocks and many
// locals, or of blocks with many parameters, could take hours and all memory.
//
// So the number of values and the work are estimated before. The bounds are far above what
// compilers emit, and a module at the bounds takes a few seconds for a megabyte.
const (
	maxFunctionBytes = 128 << 10 // the code of one function, which takes a kilobyte of memory for each byte;
	functionShare    = 48        // in a large module, that part of it, for which there is as much memory anyway
	maxValues        = 1_500_000 // of one function; each takes some 250 bytes
	maxArity         = 1000      // parameters or results of a type, as in browsers
	minWork          = 1e9       // about a second
	workPerByte      = 3000      // of the module
	maxModuleBytes   = 64 << 20  // of the module
	maxTypes         = 20_000    // of the module; each takes 1.5 KB
	maxTypeValues    = 200_000   // parameters and results of all types; each takes a hundred bytes
	maxEntities      = 100_000   // functions, globals, exports, or segments of the module
	maxImports       = 10_000    // of the module
)

// cost estimates what wazero needs to compile a function.
type cost struct {
	s      *screening
	labels []label
	loops  int // that are open

	blocks  float64 // and branches
	targets float64 // of branches by a table
	passed  float64 // values that blocks, branches and calls pass
	nested  float64 // the sum of the depths of all loops
}

// label is a block that is open.
type label struct {
	arity float64 // of a branch to it
	loop  bool
}

// cost returns the cost of a function that is still to be counted.
func (s *screening) cost(t signature) *cost {
	return &cost{s: s, labels: []label{{arity: float64(len(t.results))}}, blocks: 1}
}

// total returns the number of values, and the work, for a function with that many parameters and
// local variables.
func (c *cost) total(locals float64) (values, work float64) {
	const implicit = 16 // values that every function has, and what a block costs
	values = (c.blocks+c.targets)*locals + c.passed
	// The factors were measured.
	work = c.blocks*(c.blocks*(locals+implicit)+c.passed) + 500*(c.targets*locals+c.passed) + 200*c.nested + 10*locals
	return values, work
}

// look counts an interruption point.
func (c *cost) look() {
	c.blocks++
	c.nested += float64(c.loops + 1)
}

// instruction counts the instruction at the start of r.
func (c *cost) instruction(r reader) {
	switch op := r.byte(); op {
	case 0x02, 0x03, 0x04: // block, loop, if
		c.open(&r, op == 0x03)
	case 0x05: // else
		c.blocks++
	case 0x0b: // end
		c.end()
	case 0x0c, 0x0d: // br, br_if
		c.blocks++
		c.branch(r.u32())
	case 0x0e: // br_table
		n := r.count()
		c.targets += float64(n)
		for range n {
			c.branch(r.u32())
		}
		c.branch(r.u32())
	case 0x0f: // return
		c.branch(uint32(len(c.labels) - 1))
	case 0x10: // call
		t, _ := c.s.typeOf(r.u32())
		c.passed += float64(len(t.params) + len(t.results))
	case 0x11: // call_indirect
		t := c.s.typeAt(r.u32())
		c.passed += float64(len(t.params) + len(t.results))
	}
}

func (c *cost) open(r *reader, loop bool) {
	t := c.s.blockType(r)
	c.blocks++
	c.passed += float64(len(t.params) + len(t.results))
	l := label{arity: float64(len(t.results)), loop: loop}
	if loop {
		l.arity = float64(len(t.params))
		c.loops++
		c.nested += float64(c.loops)
	}
	c.labels = append(c.labels, l)
}

func (c *cost) end() {
	if len(c.labels) == 0 { // the module is invalid
		return
	}
	last := len(c.labels) - 1
	if c.labels[last].loop {
		c.loops--
	}
	c.labels = c.labels[:last]
}

func (c *cost) branch(depth uint32) {
	if i := len(c.labels) - 1 - int(depth); i >= 0 {
		c.passed += c.labels[i].arity
	}
}

// weigh adds the cost of a function to that of the module, and returns an error if either is
// too high.
func (s *screening) weigh(index int, c *cost, locals float64) error {
	values, work := c.total(locals)
	if values > maxValues {
		return tooComplex(fmt.Sprintf("function %d of the module is too complex: it has too many blocks and branches for its local variables and results", index))
	}
	if s.work += work; s.work > minWork+workPerByte*float64(s.size) {
		return tooComplex(fmt.Sprintf("the functions up to number %d of the module are too complex to compile", index))
	}
	return nil
}

func tooComplex(message string) error {
	e := tooLarge(message)
	e.Hint = "let the compiler optimize, or split the function"
	return e
}

// checkCount returns an error if a section declares too many of something.
func checkCount(r reader, what string, most uint32) error {
	if n := r.count(); !r.bad && n > most {
		return tooLarge(fmt.Sprintf("the module has %d %s, more than %d", n, what, most))
	}
	return nil
}

// counted returns the name of what a section declares, and how many there may be.
func counted(section byte) (what string, most uint32) {
	switch section {
	case 1:
		return "types", maxTypes
	case 2:
		return "imports", maxImports
	case 3:
		return "functions", maxEntities
	case 6:
		return "globals", maxEntities
	case 7:
		return "exports", maxEntities
	case 9:
		return "element segments", maxEntities
	case 11:
		return "data segments", maxEntities
	}
	return "", math.MaxUint32
}
