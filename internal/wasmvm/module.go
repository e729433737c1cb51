package wasmvm

import (
	"context"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// functionType is the type of every function of a module of the embedding program:
// f(args, args_len) with the arguments as a JSON array, and a result as JSON.
func functionType() signature {
	return signature{[]byte{api.ValueTypeI32, api.ValueTypeI32}, []byte{api.ValueTypeI64}}
}

// with returns o and the functions of the modules.
func (o offers) with(modules []sandbox.Module) offers {
	if len(modules) == 0 {
		return o
	}
	all := make(offers, len(o)+len(modules))
	for name, functions := range o {
		all[name] = functions
	}
	for _, m := range modules {
		functions := make(map[string]signature, len(m.Functions))
		for _, f := range m.Functions {
			functions[f] = functionType()
		}
		all[m.Name] = functions
	}
	return all
}

// link makes host modules of the functions that a program imports from modules of the
// embedding program. They have no name in the VM, since engines with other modules of the
// same name may share it, and the program finds them by [Program.resolve].
func (v *VM) link(ctx context.Context, compiled wazero.CompiledModule) (map[string]api.Module, error) {
	imported := make(map[string][]string)
	for _, f := range compiled.ImportedFunctions() {
		if from, name, _ := f.Import(); v.offers[from] == nil && !slices.Contains(imported[from], name) {
			imported[from] = append(imported[from], name)
		}
	}
	linked := make(map[string]api.Module, len(imported))
	t := functionType()
	for from, names := range imported {
		b := v.runtime.NewHostModuleBuilder(from)
		for _, name := range names {
			op := operation{from + "." + name, "ii", func(ctx context.Context, c *call) ([]byte, error) {
				return callFunction(ctx, c, from, name)
			}}
			b.NewFunctionBuilder().WithGoModuleFunction(timely(op.answer), t.params, t.results).Export(name)
		}
		host, err := b.Compile(ctx)
		if err != nil {
			return nil, err
		}
		if linked[from], err = v.runtime.InstantiateModule(ctx, host, wazero.NewModuleConfig().WithName("")); err != nil {
			return nil, err
		}
	}
	return linked, nil
}

// closers returns what to close when a program is unreachable.
func closers(compiled wazero.CompiledModule, linked map[string]api.Module) []api.Closer {
	all := []api.Closer{compiled}
	for _, m := range linked {
		all = append(all, m)
	}
	return all
}

// resolve returns a context in which an instance of p finds the modules of the embedding
// program.
func (p *Program) resolve(ctx context.Context) context.Context {
	if len(p.linked) == 0 {
		return ctx
	}
	return experimental.WithImportResolver(ctx, func(name string) api.Module { return p.linked[name] })
}

// callFunction calls a function of a module of the embedding program.
func callFunction(ctx context.Context, c *call, module, function string) ([]byte, error) {
	text, err := c.bytes(0, "the arguments")
	if err != nil {
		return nil, err
	}
	value, err := decodeValue(ctx, c, text)
	if err != nil {
		return nil, err
	}
	args, ok := value.([]any)
	if !ok {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: c.op, Message: "the arguments are not a JSON array"}
	}
	result, err := c.host.Call(ctx, module, function, args)
	if err != nil {
		return nil, err
	}
	return encodeJSON(result)
}
