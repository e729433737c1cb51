// Package jsapi is the script API as JavaScript sees it: the globals engine,
// httpClient and console over a [hostapi.Host].
//
// Nothing is made before a script names it: not a global, not a method. Each
// kind of object is a [class], a table of its methods, in a file of its own.
package jsapi

import (
	"context"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// API is the script API for one run. It implements jsvm.Globals.
type API struct {
	// A run's context is kept because goja gives native functions none. It
	// lives no longer than the run does.
	ctx       context.Context
	host      hostapi.Host
	dataBytes int64

	vm      *goja.Runtime
	methods []bound
	list    *goja.Object   // prototype of the lists the host returns
	ended   *hostapi.Error // see EndedIn
	mark    *goja.Symbol   // of the property by which an exception knows its *hostapi.Error
}

// New returns the API for one run that ends with ctx. A value that a script
// stores as data may have dataBytes at most.
func New(ctx context.Context, host hostapi.Host, dataBytes int64) *API {
	return &API{ctx: ctx, host: host, dataBytes: dataBytes}
}

// Global implements jsvm.Globals.
func (a *API) Global(vm *goja.Runtime, name string) goja.Value {
	a.vm = vm
	switch name {
	case "engine":
		return a.object(engineClass, nil)
	case "httpClient":
		return a.object(httpClientClass, nil)
	case "console":
		return a.object(consoleClass, nil)
	}
	return nil
}
