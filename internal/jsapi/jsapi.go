// Package jsapi is the script API as JavaScript sees it: the globals engine,
// configs, httpClient and the rest. What they work on is a [world]: a [hostapi.Host]
// in a run, a [Testbed] in a test. What only a test has is in the files test*.go.
//
// Nothing is made before a script names it: not a global, not a method. Each kind of
// object is a [class], a table of its methods.
//
// Each global has a file: engine.go, configs.go, httpclient.go and so on, with files
// beside it for the objects that it returns, such as request.go and response.go. So
// has each class of Java: bigdecimal.go, date.go, list.go. How Go values become
// objects and arguments become Go values is in object.go, call.go, args.go and
// value.go; what an error becomes is in errors.go.
package jsapi

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// Config is what a run's API is made of.
type Config struct {
	Host      hostapi.Host // of a test: one without data items, settings and people
	DataBytes int64        // of a value that the script stores as data, at most
	Legacy    bool         // adds data and retVal, the globals of the older dialect
	Equals    bool         // adds the method equals of Java's texts and numbers
}

// API is the script API for one run. It implements jsvm.Globals.
type API struct {
	// A run's context is kept because goja gives native functions none. It
	// lives no longer than the run does.
	ctx       context.Context
	host      hostapi.Host
	dataBytes int64
	legacy    bool
	equals    bool

	vm      *goja.Runtime
	methods []bound
	lazy    *runState // see runState
	world   world
}

// New returns the API for one run that ends with ctx.
func New(ctx context.Context, c Config) *API {
	a := &API{ctx: ctx, host: c.Host, dataBytes: c.DataBytes, legacy: c.Legacy, equals: c.Equals}
	a.world = hosted{a}
	return a
}

// globals are the objects that a script finds beside the language's own, by their
// classes. A test has others for some, see testClasses.
var globals = map[string]*class{ //nolint:gochecknoglobals // a table, never changed
	"base64":          base64Class,
	"configs":         configsClass,
	"console":         consoleClass,
	"dateFormatter":   dateFormatterClass,
	"digest":          digestClass,
	"emailService":    emailServiceClass,
	"engine":          engineClass,
	"feedService":     feedServiceClass,
	"fileRepository":  fileRepositoryClass,
	"hex":             hexClass,
	"hmac":            hmacClass,
	"httpClient":      httpClientClass,
	"itemDao":         itemDaoClass,
	"jwt":             jwtClass,
	"markdown":        markdownClass,
	"processInstance": processInstanceClass,
	"qgroupDao":       qgroupDaoClass,
	"quserDao":        quserDaoClass,
	"rsa":             rsaClass,
}

// Begin implements jsvm.Globals.
func (a *API) Begin(vm *goja.Runtime) error {
	a.vm = vm
	if a.equals {
		return a.addEquals()
	}
	return nil
}

// Global implements jsvm.Globals.
func (a *API) Global(name string) goja.Value {
	if c := a.world.class(name); c != nil {
		return a.object(c, nil)
	}
	switch name {
	case "java", "com":
		return a.javaPackage(name)
	case "data":
		if a.legacy {
			return a.object(legacyDataClass, nil)
		}
	case "retVal":
		if a.legacy {
			return a.object(legacyRetValClass, nil)
		}
	}
	return a.world.global(name)
}

// Names implements jsvm.Globals.
func (a *API) Names() []string {
	names := slices.AppendSeq([]string{"com", "java"}, maps.Keys(globals))
	names = append(names, a.world.names()...)
	slices.Sort(names)
	return names
}

// now is the time of the process.
func (a *API) now() time.Time { return time.Now() }
