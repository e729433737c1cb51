// Package jsapi implements the script API for JavaScript: the globals engine, configs,
// httpClient and so on. They work on a [world]: a [sandbox.Host] in a run, a [Testbed] in
// a test. The API that exists only in tests is in the files test*.go.
//
// Globals and methods are created lazily, when a script first uses them. Each kind of
// object is a [class], a table of its methods.
//
// Each global has a file: engine.go, configs.go, httpclient.go and so on, as have the
// objects that it returns, such as request.go and response.go, and each Java class:
// bigdecimal.go, date.go, list.go. The conversion between Go values and objects, and of
// arguments, is in object.go, call.go, args.go and value.go, that of errors in errors.go.
package jsapi

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/sandbox"
)

// Config configures the API of a run.
type Config struct {
	Host      sandbox.Host // in a test: one without data items, settings, users and groups
	DataBytes int64        // maximum size of a value that the script stores as data
	Memory    int64        // maximum size of a file by reference that the script reads at once
	Legacy    bool         // adds data and retVal, the globals of the older dialect
	Equals    bool         // adds the method equals of Java's strings and numbers
}

// API is the script API for one run. It implements jsvm.Globals.
type API struct {
	// It keeps the run's context, because goja passes none to native functions. An API
	// is not used after its run.
	ctx       context.Context
	host      sandbox.Host
	dataBytes int64
	memory    int64
	legacy    bool
	equals    bool

	vm        *goja.Runtime
	methods   []bound
	anyMethod *goja.Object // what the function objects of methods are proxies of; nil: there is none yet
	lazy      *runState    // see runState
	lacking   *object      // the host object of which a script last used a member that it lacks,
	lacked    string       // and the name of that member
	world     world
}

// New returns the API for one run, which ends when ctx does.
func New(ctx context.Context, c Config) API {
	return API{ctx: ctx, host: c.Host, dataBytes: c.DataBytes, memory: c.Memory, legacy: c.Legacy, equals: c.Equals}
}

// globals are the classes of the global objects that the API adds to those of the
// language. A test replaces some, see testClasses.
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
	if a.world == nil { // not a Testbed
		a.world = hosted{a}
	}
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

// now returns the current time in the time zone of the process.
func (a *API) now() time.Time { return time.Now() }
