package jsvm

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// place is a position in a script in goja's coordinates; the zero place is unknown.
type place struct {
	file         string
	line, column int
}

func (p place) before(q place) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

// placeOf returns the innermost position of a stack that is in a script: an exception of a
// host function has the position of its caller.
func placeOf(stack []goja.StackFrame) place {
	for i := range stack {
		if at := stack[i].Position(); at.Line > 0 {
			return place{at.Filename, at.Line, at.Column}
		}
	}
	return place{}
}

// placeOfError parses the position from an Error's stack: a rejected promise has no other
// position.
func (m *Machine) placeOfError(o *goja.Object) (at place) {
	// A stack that throws when it is read is ignored.
	_ = m.vm.Try(func() {
		if found := frameInStack().FindStringSubmatch(property(o, "stack")); found != nil {
			at = placeIn(found)
		}
	})
	return at
}

// frameInStack matches a line of an Error's stack: function, file, line and column.
//
//nolint:gochecknoglobals // compiled once, never changed
var frameInStack = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)\bat (?:(.*?) \()?(.+?):(\d+):(\d+)\(\d+\)`)
})

func placeIn(found []string) place {
	line, _ := strconv.Atoi(found[3])
	column, _ := strconv.Atoi(found[4])
	return place{found[2], line, column}
}

// mark sets the position and the stack of an error in the coordinates of editors.
func (m *Machine) mark(e *hostapi.Error, at place, stack []hostapi.Frame) {
	if at.line > 0 {
		e.File = at.file
		e.Line, e.Column = m.inEditor(at)
	}
	if len(stack) > 0 {
		e.Stack = stack
	}
}

// inEditor returns line and column in the coordinates of editors.
func (m *Machine) inEditor(at place) (line, column int) {
	for p := range m.programs() {
		if p.name == at.file {
			return inCharacters(p.text, at.line, at.column)
		}
	}
	return at.line, at.column
}

// frames converts the stack of an exception. Functions that are built in have no file. Those
// of the host are left out: they are proxies, and goja does not tell their names.
func (m *Machine) frames(stack []goja.StackFrame) []hostapi.Frame {
	frames := make([]hostapi.Frame, 0, min(len(stack), hostapi.MaxStack))
	for i := range stack {
		if len(frames) == hostapi.MaxStack {
			break
		}
		f, at := hostapi.Frame{Function: stack[i].FuncName()}, stack[i].Position()
		switch {
		case at.Line > 0:
			f.File = at.Filename
			f.Line, f.Column = m.inEditor(place{at.Filename, at.Line, at.Column})
			f.Function = strings.TrimPrefix(f.Function, "<anonymous>")
		case f.Function == "proxy", strings.ContainsAny(f.Function, "/.<"), strings.HasPrefix(f.Function, "\xff"): // of Go, nameless, or of rewritten code
			continue
		}
		frames = append(frames, f)
	}
	return frames
}

// framesOfError parses the stack of an Error, see [Machine.placeOfError].
func (m *Machine) framesOfError(o *goja.Object) (frames []hostapi.Frame) {
	_ = m.vm.Try(func() {
		for _, found := range frameInStack().FindAllStringSubmatch(property(o, "stack"), hostapi.MaxStack) {
			f := hostapi.Frame{Function: found[1], File: found[2]}
			f.Line, f.Column = m.inEditor(placeIn(found))
			frames = append(frames, f)
		}
	})
	return frames
}
