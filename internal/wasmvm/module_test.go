package wasmvm

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// importing returns a module that imports the function from another one as (i32, i32) ->
// i64, or with a parameter less, and calls it with the text "[1]".
func importing(from, function string, params int) []byte {
	section := func(id byte, content ...byte) []byte {
		return append(binary.AppendUvarint([]byte{id}, uint64(len(content))), content...)
	}
	name := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	types := []byte{2, 0x60, byte(params)}
	for range params {
		types = append(types, 0x7f)
	}
	types = append(types, 1, 0x7e, 0x60, 0, 0)
	body := []byte{0}
	for i := range params {
		body = append(body, 0x41, byte(3*i)) // i32.const 0, i32.const 3
	}
	body = append(body, 0x10, 0, 0x1a, 0x0b) // call 0, drop, end
	return join([]byte(preamble),
		section(1, types...),
		section(2, join([]byte{1}, name(from), name(function), []byte{0, 0})...),
		section(3, 1, 1),
		section(5, 1, 0, 1),
		section(7, join([]byte{2}, name("memory"), []byte{2, 0}, name("run"), []byte{0, 1})...),
		section(10, join([]byte{1, byte(len(body))}, body)...),
		section(11, join([]byte{1, 0, 0x41, 0, 0x0b}, name("[1]"))...),
	)
}

// Engines with different modules of the same name may share a VM.
func TestModulesOfSeveralEngines(t *testing.T) {
	t.Parallel()
	vm := openVM(t)
	one := []sandbox.Module{{Name: "tickets", Functions: []string{"find"}}}
	other := []sandbox.Module{{Name: "tickets", Functions: []string{"close"}}, {Name: "users", Functions: []string{"find"}}}
	for _, tt := range []struct {
		from, function string
		modules        []sandbox.Module
	}{{"tickets", "find", one}, {"tickets", "close", other}, {"users", "find", other}} {
		program, err := vm.Compile(t.Context(), "a.wasm", importing(tt.from, tt.function, 2), tt.modules, nil)
		if err != nil {
			t.Fatal(err)
		}
		h := new(host)
		if _, err := program.Run(t.Context(), h, hostapi.DefaultLimits()); err != nil || h.got != tt.from+"."+tt.function {
			t.Errorf("%s.%s: called %q, %v", tt.from, tt.function, h.got, err)
		}
	}
}

func TestImportsThatNoModuleHas(t *testing.T) {
	t.Parallel()
	vm := openVM(t)
	modules := []sandbox.Module{{Name: "tickets", Functions: []string{"find"}}}
	for _, tt := range []struct {
		from, function string
		params         int
		modules        []sandbox.Module
		want           string
	}{
		{"tickets", "find", 2, nil, "the module imports tickets.find, and there is no module tickets"},
		{"tickets", "close", 2, modules, "the module imports tickets.close, which does not exist"},
		{"tickets", "find", 1, modules, "the module imports tickets.find as (i32) -> (i64), but it is (i32, i32) -> (i64)"},
	} {
		_, err := vm.Compile(t.Context(), "a.wasm", importing(tt.from, tt.function, tt.params), tt.modules, nil)
		if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeScript || e.Message != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}
