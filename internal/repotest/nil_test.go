package repotest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/connection/template"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/otelpostern"
	"github.com/postern-dev/postern/store"
)

// exportedFunctions are the functions of the public packages.
func exportedFunctions() map[string]any {
	return map[string]any{
		"addon.Compile":          addon.Compile,
		"addon.Parse":            addon.Parse,
		"client.New":             client.New,
		"connection.ActorFrom":   connection.ActorFrom,
		"connection.IsKey":       connection.IsKey,
		"connection.Load":        connection.Load,
		"connection.Merge":       connection.Merge,
		"connection.NewManager":  connection.NewManager,
		"connection.NewSet":      connection.NewSet,
		"connection.Parse":       connection.Parse,
		"connection.SecretRef":   connection.SecretRef,
		"connection.SecretValue": connection.SecretValue,
		"connection.WithActor":   connection.WithActor,
		"connectiontest.Start":   connectiontest.Start,
		"egress.New":             egress.New,
		"hostapi.CheckHeader":    hostapi.CheckHeader,
		"hostapi.CheckItems":     hostapi.CheckItems,
		"hostapi.CheckURL":       hostapi.CheckURL,
		"hostapi.CodeOf":         hostapi.CodeOf,
		"hostapi.DefaultLimits":  hostapi.DefaultLimits,
		"hostapi.EncodeForm":     hostapi.EncodeForm,
		"hostapi.HasSealed":      hostapi.HasSealed,
		"hostapi.IsIdempotent":   hostapi.IsIdempotent,
		"hostapi.IsLoopback":     hostapi.IsLoopback,
		"hostapi.IsSealed":       hostapi.IsSealed,
		"hostapi.ItemTypes":      hostapi.ItemTypes,
		"hostapi.MayRetry":       hostapi.MayRetry,
		"hostapi.Normalize":      hostapi.Normalize,
		"hostapi.OriginOf":       hostapi.OriginOf,
		"hostapi.ParseDecimal":   hostapi.ParseDecimal,
		"hostapi.ParseItemType":  hostapi.ParseItemType,
		"hostapi.ParseRule":      hostapi.ParseRule,
		"hostapi.RetryAfter":     hostapi.RetryAfter,
		"hostapitest.Text":       hostapitest.Text,
		"otelpostern.New":        otelpostern.New,
		"runtime.New":            runtime.New,
		"runtime.MultiOnRun":     runtime.MultiOnRun,
		"store.Open":             store.Open,
		"store.ParseKey":         store.ParseKey,
		"template.Builtin":       template.Builtin,
		"template.Names":         template.Names,
		"template.OfServer":      template.OfServer,
		"template.Parse":         template.Parse,

		"runtime.WorkerMain":       runtime.WorkerMain,
		"runtime.WorkersSupported": runtime.WorkersSupported,
	}
}

// withMethods makes the types of the public packages that have methods: for each the
// zero value, and one that works where the zero value has nothing to do its work with.
func withMethods(t *testing.T) map[string][]any {
	t.Helper()
	definition := must(addon.Parse("a.xml", []byte(definitionFile)))(t)
	engine := runtime.New(runtime.Config{})
	set := must(connection.Parse("oauth.toml", []byte(connectionsFile), connection.ParseOptions{}))(t)
	network := egress.New(egress.Config{Transport: noNetwork{}})
	manager := must(connection.NewManager(connection.Config{Set: set, Egress: network}))(t)
	server := must(connectiontest.Start("127.0.0.1:0", nil))(t)
	key := bytes.Repeat([]byte{7}, 32)
	opened := must(store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "store"), Key: key}))(t)
	file := &hostapi.File{Name: "x", Size: 1, Open: func(context.Context) (io.ReadSeekCloser, error) { return nil, nil }}
	t.Cleanup(func() { opened.Close() }) //nolint:errcheck // it may have been closed
	return map[string][]any{
		"addon.Addon":              {new(addon.Addon), must(addon.Compile(t.Context(), engine, definition))(t)},
		"addon.Definition":         {new(addon.Definition), definition},
		"addon.Text":               {new(addon.Text)},
		"client.Client":            {new(client.Client)},
		"client.Error":             {new(client.Error)},
		"client.Run":               {new(client.Run)},
		"client.Tokens":            {new(client.Tokens)},
		"connection.Authorization": {new(connection.Authorization)},
		"connection.Imported":      {new(connection.Imported)},
		"connection.Manager":       {new(connection.Manager), manager},
		"connection.Secret":        {new(connection.Secret), new(connection.SecretValue("x"))},
		"connection.Set":           {new(connection.Set), set},
		"connection.Token":         {new(connection.Token)},
		"connectiontest.Provider":  {new(connectiontest.Provider)},
		"connectiontest.Server":    {new(connectiontest.Server), server},
		"egress.Client":            {new(egress.Client), network, egress.New(egress.Config{})},
		"hostapi.Address":          {new(hostapi.Address)},
		"hostapi.BaseConnector":    {new(hostapi.BaseConnector)},
		"hostapi.Body":             {new(hostapi.Body)},
		"hostapi.BaseDirectory":    {new(hostapi.BaseDirectory)},
		"hostapi.StaticDirectory":  {new(hostapi.StaticDirectory), &hostapi.StaticDirectory{Users: []hostapi.User{{}}, Groups: []hostapi.Group{{Members: []hostapi.Member{{}}}}}},
		"hostapi.Decimal":          {new(hostapi.Decimal)},
		"hostapi.Code":             {new(hostapi.Code)},
		"hostapi.DenialError":      {new(hostapi.DenialError), &hostapi.DenialError{Reason: hostapi.ErrNoRule}},
		"hostapi.LimitError":       {new(hostapi.LimitError), &hostapi.LimitError{Limit: "time"}},
		"hostapi.Email":            {new(hostapi.Email), &hostapi.Email{To: []hostapi.Address{{}}, Files: []*hostapi.File{nil}}},
		"hostapi.Error":            {new(hostapi.Error)},
		"hostapi.FeedPost":         {new(hostapi.FeedPost)},
		"hostapi.File":             {new(hostapi.File), file},
		"hostapi.FileReader":       {new(hostapi.FileReader), file.Reader(t.Context())},
		"hostapi.Identity":         {new(hostapi.Identity), &hostapi.Identity{Actor: "ada"}},
		"hostapi.Item":             {new(hostapi.Item), &hostapi.Item{VarName: "q_x", Type: "SELECT"}},
		"hostapi.ItemType":         {new(hostapi.ItemType)},
		"hostapi.Limits":           {new(hostapi.Limits)},
		"hostapi.PanicError":       {new(hostapi.PanicError)},
		"hostapi.Request":          {new(hostapi.Request), &hostapi.Request{Method: "POST", URL: "https://api.example.com/", Multipart: []hostapi.Part{{}}}},
		"hostapi.Response":         {new(hostapi.Response)},
		"hostapi.Rule":             {new(hostapi.Rule)},
		"hostapi.Spelling":         {new(hostapi.Spelling)},
		"hostapitest.Connector":    {new(hostapitest.Connector)},
		"otelpostern.Observer":     {new(otelpostern.Observer), must(otelpostern.New(otelpostern.Config{}))(t)},
		"runtime.Cache":            {new(runtime.Cache)},
		"runtime.Workers":          {new(runtime.Workers)},
		"hostapi.RunState":         {new(hostapi.RunState)},
		"runtime.Engine":           {new(runtime.Engine), engine},
		"runtime.Script":           {new(runtime.Script)},
		"store.Store":              {new(store.Store), opened},
		"template.Template":        {new(template.Template)},
	}
}

const (
	definitionFile = `<service-task-definition>
<label>x</label><addon-version>2</addon-version>
<configs><config name="conf_x" form-type="TEXTFIELD"><label>x</label></config></configs>
<script><![CDATA[function main() {}]]></script>
</service-task-definition>`
	connectionsFile = `[connections.x]
grant = "static"
token = "the-token-of-a-test"
allow_plaintext = true
hosts = ["api.example.com"]
`
)

// noNetwork is a network without any server.
type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network")
}

func must[T any](x T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

// samples are arguments that are no zero value, by their type. What a type lacks here
// is called with zero values alone.
func samples(t *testing.T) []any {
	t.Helper()
	engine := runtime.New(runtime.Config{})
	script := must(engine.Compile(t.Context(), runtime.Source{Name: "x.js", Code: []byte("function main() {}")}))(t)
	tests := must(engine.Compile(t.Context(), runtime.Source{Name: "t.js", Code: []byte("test('x', () => { main() })")}))(t)
	definition := must(addon.Parse("a.xml", []byte(definitionFile)))(t)
	set := must(connection.Parse("oauth.toml", []byte(connectionsFile), connection.ParseOptions{}))(t)
	client := egress.New(egress.Config{Transport: noNetwork{}})
	limits := hostapi.DefaultLimits()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com/", nil)
	request.RequestURI = ""
	rule := must(hostapi.ParseRule("api.example.com"))(t)
	return []any{
		"x", true, 1, int64(1), time.Second, time.Unix(1, 0), []byte("x"),
		[]string{""},
		[]string{"x"},
		map[string]string{"": ""},
		connection.Config{Set: set, Egress: client, OnEvent: func(connection.Event) {}, OnTokenFetch: func(hostapi.Identity, hostapi.TokenFetch) {}},
		[]*connection.Set{nil, set},
		connection.Key{Connection: "x"},
		&connection.Record{}, new(connection.Authorization), new(connection.DeviceAuthorization),
		connection.ParseOptions{},
		map[string]connection.Definition{"": {}, "x": {Grant: "static"}},
		connection.Imported{AccessToken: "x"},
		connection.AuditEvent{},
		connection.Lease{Holder: "x"},
		connection.State("x"),
		url.Values{"code": {"x"}},
		&url.URL{Scheme: "https", Host: "api.example.com"},
		engine, definition,
		addon.Environment{Items: []hostapi.Item{{}}, Data: map[string]any{"": nil}, Process: &hostapi.Process{}},
		runtime.Source{Name: "x.js", Code: []byte("function main() {}")},
		runtime.Config{},
		runtime.Suite{Script: script, Tests: tests},
		runtime.Task{
			Script: script, Args: []any{nil}, Items: []hostapi.Item{{}}, Allow: []hostapi.Rule{{}}, Connections: []string{""},
			Settings: map[string]hostapi.Setting{"": {}}, Data: map[string]any{"": (*hostapi.File)(nil)},
		},
		egress.Config{Proxy: new(url.URL), Allow: []hostapi.Rule{{}}, Deny: []hostapi.Rule{{}}},
		egress.Options{Allow: []hostapi.Rule{rule}, Limits: limits},
		request, new(http.Request),
		[]hostapi.Rule{{}},
		[]hostapi.Item{{}},
		[]hostapi.Param{{}},
		limits,
		&hostapi.Grant{Connections: []string{"x"}, Limits: limits}, &hostapi.Request{Method: "GET", URL: "https://api.example.com/"},
		&hostapi.Request{Method: "POST", URL: "https://api.example.com/", AuthSetting: "x", Multipart: []hostapi.Part{{}}},
		&hostapi.Response{Status: 503},
		http.Header{"X": nil},
		http.StatusOK, errors.New("x"), (*hostapi.Error)(nil), (*hostapi.PanicError)(nil),
		store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x"), Key: bytes.Repeat([]byte{7}, 32)},
		store.Definition{Name: "x"},
		store.AuditFilter{Limit: 1},
		&connectiontest.Provider{},
		template.Template{},
	}
}

// typedNils are values of the type any that are nil below it.
func typedNils() []any {
	return []any{
		nil, (*hostapi.File)(nil),
		[]*hostapi.File{nil},
		(*hostapi.User)(nil), (*hostapi.Group)(nil), (*hostapi.Option)(nil), (*hostapi.Decimal)(nil),
		(*time.Time)(nil), (*int)(nil), (**int)(nil), (map[string]any)(nil), ([]any)(nil),
		[]any{nil},
		http.Header(nil), (func())(nil), (chan int)(nil),
		(*hostapi.Item)(nil), fmt.Stringer(nil),
		time.Time{},
		hostapi.Decimal(""),
		struct{}{},
	}
}

// arguments returns what to call a parameter of that type with, the first of which is
// the most likely to get a call past its checks.
func arguments(t *testing.T, of reflect.Type, samples []any) []reflect.Value {
	t.Helper()
	zero := reflect.Zero(of)
	switch of {
	case reflect.TypeFor[context.Context](): // package context: never pass a nil one
		return []reflect.Value{reflect.ValueOf(t.Context())}
	case reflect.TypeFor[fmt.State](): // package fmt makes it
		return nil
	case reflect.TypeFor[any]():
		var all []reflect.Value
		for _, v := range typedNils() {
			x := reflect.New(of).Elem()
			if v != nil {
				x.Set(reflect.ValueOf(v))
			}
			all = append(all, x)
		}
		return all
	}
	var all []reflect.Value
	for _, s := range samples {
		v := reflect.ValueOf(s)
		if v.Type() != of && (of.Kind() != reflect.Interface || !v.Type().Implements(of)) {
			continue
		}
		all = append(all, v)
		all = append(all, withoutEach(v)...)
	}
	return append(all, zero)
}

// withoutEach returns copies of a struct, or of what a pointer leads to, each with one
// field that is the zero value.
func withoutEach(v reflect.Value) []reflect.Value {
	pointer := v.Kind() == reflect.Pointer && !v.IsNil()
	if pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	var all []reflect.Value
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() || v.Field(i).IsZero() || !allExported(v.Type()) {
			continue
		}
		x := reflect.New(v.Type())
		x.Elem().Set(v)
		x.Elem().Field(i).SetZero()
		if !pointer {
			x = x.Elem()
		}
		all = append(all, x)
	}
	return all
}

// allExported reports whether a copy of a struct is one, and not half of a lock.
func allExported(of reflect.Type) bool {
	for i := range of.NumField() {
		if !of.Field(i).IsExported() {
			return false
		}
	}
	return true
}

// TestNilArguments calls every exported function and method of the public packages with
// zero values: for all parameters, and for each beside others that make sense; on the
// zero value of the type too. None may panic, and none may hang. A nil pointer as the
// receiver is no such call, as in the standard library.
func TestNilArguments(t *testing.T) {
	t.Chdir(t.TempDir()) // some write a file
	given := samples(t)
	for name, f := range exportedFunctions() {
		callAll(t, name, reflect.ValueOf(f), given)
	}
	for name, receivers := range withMethods(t) {
		for _, receiver := range receivers {
			v := reflect.ValueOf(receiver)
			of := "."
			if v.Elem().IsZero() {
				of = " that is zero, "
			}
			for i := range v.NumMethod() {
				if method := v.Type().Method(i).Name; method != "Close" && method != "ServeHTTP" { // package http calls that one
					callAll(t, name+of+method, v.Method(i), given)
				}
			}
			if end := v.MethodByName("Close"); end.IsValid() { // what is called after it would end early
				callAll(t, name+of+"Close", end, given)
			}
		}
	}
}

// callAll calls f with the first argument for each parameter but one, for which it goes
// through all, and with zero values alone.
func callAll(t *testing.T, name string, f reflect.Value, samples []any) {
	t.Helper()
	of := f.Type()
	n := of.NumIn()
	choices, first, zero := make([][]reflect.Value, n), make([]reflect.Value, n), make([]reflect.Value, n)
	for i := range n {
		if choices[i] = arguments(t, of.In(i), samples); len(choices[i]) == 0 {
			return
		}
		first[i], zero[i] = choices[i][0], choices[i][len(choices[i])-1]
	}
	call(t, name+", with values that make sense", f, first)
	call(t, name+", with zero values", f, zero)
	for i := range n {
		for j, v := range choices[i][1:] {
			args := slices.Clone(first)
			args[i] = v
			call(t, fmt.Sprintf("%s, parameter %d, value %d of a %v", name, i+1, j+2, of.In(i)), f, args)
		}
	}
}

func call(t *testing.T, name string, f reflect.Value, args []reflect.Value) {
	t.Helper()
	done := make(chan string, 1)
	go func() {
		defer func() {
			if x := recover(); x != nil {
				done <- fmt.Sprintf("%v\n%s", x, debug.Stack())
			}
			close(done)
		}()
		if f.Type().IsVariadic() {
			f.CallSlice(args)
		} else {
			f.Call(args)
		}
	}()
	hang := time.NewTimer(time.Minute)
	defer hang.Stop()
	select {
	case problem := <-done:
		if problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
	case <-hang.C:
		t.Errorf("%s: it hangs", name)
	}
}

// TestNilArgumentsOfAll checks that TestNilArguments knows all that docs/api.txt lists.
func TestNilArgumentsOfAll(t *testing.T) {
	t.Parallel()
	functions, types := exportedFunctions(), withMethods(t)
	line := regexp.MustCompile(`(?m)^package (\w+) //|^func (\w+)\((?:t \*testing\.T)?|^func \((?:\w+ )?\*?(\w+)\) \w+\(`)
	pkg := ""
	found := 0
	for _, m := range line.FindAllStringSubmatch(string(read(t, "docs/api.txt")), -1) {
		switch {
		case m[1] != "":
			pkg = m[1]
			continue
		case pkg == "postern", strings.HasSuffix(m[0], "(t *testing.T"): // of another program, and suites, which must have a *testing.T
			continue
		case m[2] != "" && functions[pkg+"."+m[2]] == nil:
			t.Errorf("%s.%s is exported, and TestNilArguments does not call it", pkg, m[2])
		case m[3] != "" && types[pkg+"."+m[3]] == nil:
			t.Errorf("%s.%s is exported, and TestNilArguments does not call its methods", pkg, m[3])
		}
		found++
	}
	if found < 100 {
		t.Errorf("found %d functions and methods", found)
	}
}
