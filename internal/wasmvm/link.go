package wasmvm

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// offers are the functions that a module may import, by module and name.
type offers map[string]map[string]signature

// add adds the functions of a host module.
func (o offers) add(host wazero.CompiledModule) {
	functions := make(map[string]signature)
	for name, f := range host.ExportedFunctions() {
		functions[name] = signature{f.ParamTypes(), f.ResultTypes()}
	}
	o[host.Name()] = functions
}

// signature is the type of a function. A type is a byte, the same in the binary format and in
// wazero.
type signature struct{ params, results []byte }

func (s signature) equal(other signature) bool {
	return bytes.Equal(s.params, other.params) && bytes.Equal(s.results, other.results)
}

func (s signature) String() string { return typeList(s.params) + " -> " + typeList(s.results) }

func typeList(types []byte) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = api.ValueTypeName(t)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// check returns an error unless the function exists with that type.
func (o offers) check(from, name string, s signature) error {
	module, ok := o[from]
	if !ok {
		return invalidModule(fmt.Sprintf("the module imports %s.%s, and there is no module %s", from, name, from),
			"a task may import from "+strings.Join(slices.Sorted(maps.Keys(o)), " and "))
	}
	offered, ok := module[name]
	if !ok {
		return invalidModule(fmt.Sprintf("the module imports %s.%s, which does not exist", from, name), "")
	}
	if !s.equal(offered) {
		return invalidModule(fmt.Sprintf("the module imports %s.%s as %s, but it is %s", from, name, s, offered), "")
	}
	return nil
}

// exports has the exports of a module that the host needs.
type exports struct {
	memory    bool                 // a memory, as "memory"
	functions map[string]signature // those the host may call, by name
}

// check returns an error unless a task with these exports can be run.
func (e exports) check(importing bool) error {
	// Every import but proc_exit accesses memory, and wazero treats a module without
	// memory as an error of the host.
	if importing && !e.memory {
		return invalidModule("the module does not export its memory", `export it as "memory"`)
	}
	_, run := e.functions["run"]
	if _, start := e.functions["_start"]; !run && !start {
		return invalidModule("the module exports neither run nor _start", "export a function run() -> i32; see the ABI")
	}
	for _, name := range entries() {
		f, ok := e.functions[name]
		status := name == "run" && bytes.Equal(f.results, []byte{api.ValueTypeI32})
		if ok && (len(f.params) > 0 || len(f.results) > 0 && !status) {
			return invalidModule(fmt.Sprintf("the module exports %s as %s, which the host cannot call", name, f), "")
		}
	}
	return nil
}

// entries returns the functions that the host calls, if a module exports them.
func entries() []string { return []string{"_initialize", "run", "_start"} }
