// Package jsapi is the script API as JavaScript sees it: the globals engine,
// configs, httpClient and the rest over a [hostapi.Host], and over nothing but the
// test itself where a script is tested.
//
// Nothing is made before a script names it: not a global, not a method. Each
// kind of object is a [class], a table of its methods, in the file of the global
// that leads to it.
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
	Host      hostapi.Host
	DataBytes int64 // of a value that the script stores as data, at most
	Legacy    bool  // adds data and retVal, the globals of the older dialect
	Equals    bool  // adds the method equals of Java's texts and numbers
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
	lazy    *workflow // see workflow
	tests   *testbed  // nil unless the script is being tested
}

// New returns the API for one run that ends with ctx.
func New(ctx context.Context, c Config) *API {
	return &API{ctx: ctx, host: c.Host, dataBytes: c.DataBytes, legacy: c.Legacy, equals: c.Equals}
}

// globals are the names that a script finds beside the language's own, and the
// classes of their objects. test is the class while the script is tested, if that
// is another.
var globals = map[string]struct{ class, test *class }{ //nolint:gochecknoglobals // a table, never changed
	"base64":          {class: base64Class},
	"configs":         {class: configsClass, test: testConfigsClass},
	"console":         {class: consoleClass},
	"dateFormatter":   {class: dateFormatterClass},
	"digest":          {class: digestClass},
	"emailService":    {class: emailServiceClass},
	"engine":          {class: engineClass, test: testEngineClass},
	"feedService":     {class: feedServiceClass, test: testFeedServiceClass},
	"fileRepository":  {class: fileRepositoryClass},
	"hex":             {class: hexClass},
	"hmac":            {class: hmacClass},
	"httpClient":      {class: httpClientClass, test: testHTTPClientClass},
	"itemDao":         {class: itemDaoClass, test: testItemDaoClass},
	"jwt":             {class: jwtClass},
	"markdown":        {class: markdownClass},
	"processInstance": {class: processInstanceClass},
	"qgroupDao":       {class: qgroupDaoClass},
	"quserDao":        {class: quserDaoClass},
	"rsa":             {class: rsaClass},
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
	if g, ok := globals[name]; ok {
		if a.tests != nil && g.test != nil {
			return a.object(g.test, nil)
		}
		return a.object(g.class, nil)
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
	if a.tests != nil {
		return a.testGlobal(name)
	}
	return nil
}

// Names implements jsvm.Globals.
func (a *API) Names() []string {
	names := slices.AppendSeq([]string{"com", "java"}, maps.Keys(globals))
	if a.tests != nil {
		names = slices.AppendSeq(names, maps.Keys(testFunctions))
	}
	slices.Sort(names)
	return names
}

// now is the time of the process.
func (a *API) now() time.Time { return time.Now() }
