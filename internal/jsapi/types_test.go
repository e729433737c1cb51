package jsapi

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// typesFile has the types of all that a script finds.
const typesFile = "../../scripts/postern.d.ts"

// examples are expressions with an object of each interface that no global has. The
// second one is for tests; if it is empty, the first one is.
var examples = map[string][2]string{ //nolint:gochecknoglobals // a table, never changed
	"AddableDate":      {`new com.questetra.bpms.util.AddableDate()`},
	"AddableTimestamp": {`new com.questetra.bpms.util.AddableTimestamp()`},
	"AuthSetting":      {`configs.getObject("conf_auth")`, `httpClient.createAuthSettingToken("a", "t")`},
	"BigDecimal":       {`new java.math.BigDecimal(1)`},
	"ByteArray":        {`digest.md5("")`},
	"ColumnDefinition": {`engine.findDataDefinitionByNumber(1).getSubDataDefinitions().get(0)`},
	"DataDefinition":   {`engine.findDataDefinitionByNumber(1)`},
	"DecimalFormat":    {`new java.text.DecimalFormat("0")`},
	"Email":            {`emailService.begin()`},
	"Expectation":      {``, `expect(1)`},
	"FeedPost":         {`feedService.begin()`},
	"HostError":        {`own(() => httpClient.begin().get())`},
	"HttpHeaders":      {`webhook.headers`, `engine.createHttpHeaders()`},
	"HttpRequest":      {`httpClient.begin()`},
	"HttpResponse":     {`httpClient.begin().get("http://h/")`},
	"Item":             {`itemDao.findAll("q_select").get(0)`},
	"JavaDate":         {`new java.util.Date()`},
	"JavaException":    {`own(() => new java.math.BigDecimal("x"))`},
	"List":             {`Object.getPrototypeOf(new java.util.ArrayList())`},
	"ListArray":        {`new com.questetra.bpms.core.model.formdata.ListArray()`},
	"ListIterator":     {`new java.util.ArrayList().iterator()`},
	"ListRow":          {`new com.questetra.bpms.core.model.formdata.ListArray.ListRow()`},
	"ListRowClass":     {`com.questetra.bpms.core.model.formdata.ListArray.ListRow`},
	"Locale":           {`new java.util.Locale("ja")`},
	"TimeZone":         {`java.util.TimeZone.getTimeZone("UTC")`},
	"MailAddress":      {`emailService.parseAddressHeader("a@example.com").get(0)`},
	"Number":           {`1..equals ? { equals: 1 } : {}`},
	"PrivateKey":       {`rsa.readKeyFromPkcs8(privatePEM)`},
	"PublicKey":        {`rsa.readKeyFromX509(publicPEM)`},
	"Qfile":            {`new com.questetra.bpms.core.event.scripttask.NewQfile("a", "text/plain", "")`},
	"Qgroup":           {`qgroupDao.findById(1)`},
	"Quser":            {`quserDao.findById(1)`},
	"Row":              {`engine.findDataDefinitionByNumber(1).createListArray().addRow()`},
	"ScriptListArray":  {`engine.findDataDefinitionByNumber(1).createListArray()`},
	"SentHeaders":      {``, `Object.getPrototypeOf(sent().headers)`},
	"SentParts":        {``, `sent().body`},
	"SentPost":         {``, `posted()`},
	"SentRequest":      {``, `sent()`},
	"SimpleDateFormat": {`new java.text.SimpleDateFormat("")`},
	"SqlDate":          {`new java.sql.Date()`},
	"String":           {`"".equals ? { equals: 1 } : {}`},
	"TokenInfo":        {`httpClient.getOAuth2TokenInfo("crm")`, `httpClient.getOAuth2TokenInfo(httpClient.createAuthSettingToken("a", "t"))`},
	"Timestamp":        {`new java.sql.Timestamp()`},
	"WebhookRequest":   {`webhook`},
}

// prelude is what the examples need.
const prelude = `
function own(f) {
	try { f() } catch (e) {
		return Object.fromEntries(Object.getOwnPropertyNames(e).filter(n => n !== "message" && n !== "stack").map(n => [n, e[n]]));
	}
}
function sent() {
	let seen;
	httpClient.setRequestHandler(request => { seen = request; return httpClient.createHttpResponse(200, null); });
	httpClient.begin().multipart("a", "b").get("http://h/");
	return seen;
}
function posted() {
	let seen;
	feedService.setPostHandler(post => { seen = post; return 1; });
	feedService.begin().post();
	return Object.fromEntries(Object.getOwnPropertyNames(seen).map(n => [n, seen[n]]));
}
`

// testPrelude makes in a test what typesHost has.
const testPrelude = `
engine.createDataDefinition("", 1, "q_table", "LIST").addSubDataDefinition("", "c", "STRING");
itemDao.addItem(engine.createDataDefinition("", 2, "q_select", "SELECT_SINGLE"), engine.createItem("a", "A"));
engine.createQuser(1, "", "");
engine.createQgroup(1, "");
httpClient.setRequestHandler(() => httpClient.createHttpResponse(200, null));
`

// typesHost is a host with one of everything.
type typesHost struct{ sandbox.Host }

func (typesHost) RequestingLimit() int { return 10 }

func (typesHost) Directory() hostapi.Directory {
	return &hostapi.StaticDirectory{Users: []hostapi.User{{ID: 1}}, Groups: []hostapi.Group{{ID: 1}}}
}

func (typesHost) Modules() []sandbox.Module { return nil }

func (typesHost) Items() []hostapi.Item {
	return []hostapi.Item{
		{VarName: "q_table", Type: hostapi.TypeList, Number: 1, Columns: []hostapi.Column{{VarName: "c", Type: hostapi.TypeString}}},
		{VarName: "q_select", Type: hostapi.TypeSelectSingle, Number: 2, Options: []hostapi.Option{{Value: "a"}}},
	}
}

func (typesHost) Setting(string) (hostapi.Setting, bool) {
	return hostapi.Setting{Connection: "crm"}, true
}

func (typesHost) Process() *hostapi.Process {
	return &hostapi.Process{Users: []hostapi.User{{ID: 1}}, Groups: []hostapi.Group{{ID: 1}}}
}

func (typesHost) OAuth2TokenInfo(context.Context, string) (*hostapi.TokenInfo, error) {
	return new(hostapi.TokenInfo), nil
}

func (typesHost) Do(context.Context, *hostapi.Request) (*hostapi.Response, error) {
	return &hostapi.Response{Status: http.StatusOK}, nil
}

func (typesHost) PostFeed(context.Context, *hostapi.FeedPost) (int64, error) { return 1, nil }

// typesMode is a way to run a script, with the marks of what is there.
type typesMode struct {
	name   string
	config Config
	marks  []string
}

// TestTypes compares the types for scripts with what a VM has: no name is missing
// on either side, and each is there when its mark says so.
func TestTypes(t *testing.T) {
	t.Parallel()
	d := readTypes(t)
	for _, mode := range []typesMode{
		{"task", Config{}, nil},
		{"task of the older dialect", Config{Legacy: true, Equals: true}, []string{"legacy"}},
		{"test", Config{}, []string{"testOnly"}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			a := typesAPI(t, mode)
			compareGlobals(t, a, d, mode)
			for _, name := range slices.Sorted(maps.Keys(d.interfaces)) {
				if o := typesObject(t, a, d, mode, name); o != nil {
					got, want := membersOf(o), slices.Sorted(maps.Keys(d.members(name, mode.marks...)))
					if !slices.Equal(got, want) {
						t.Errorf("interface %s\n has %v,\n the VM's object has %v", name, want, got)
					}
				}
			}
		})
	}
}

func readTypes(t *testing.T) *declarations {
	t.Helper()
	text, err := os.ReadFile(typesFile)
	if err != nil {
		t.Fatal(err)
	}
	d, err := readDeclarations(string(text))
	if err != nil {
		t.Fatalf("%s: %v", typesFile, err)
	}
	return d
}

// typesAPI returns an API with all that the examples need.
func typesAPI(t *testing.T, mode typesMode) *API {
	t.Helper()
	mode.config.Host, mode.config.DataBytes = typesHost{}, 1<<20
	a := New(t.Context(), mode.config)
	if mode.has("testOnly") {
		a.Test(TestConfig{RequestBytes: 1 << 20})
	}
	vm := goja.New()
	if err := a.Begin(vm); err != nil {
		t.Fatal(err)
	}
	webhook, err := a.argument(map[string]any{"body": "", "bodyBytes": []byte{}, "headers": http.Header{}, "method": "", "url": ""})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"webhook": webhook, "privatePEM": pkcs8PEM(t, exampleKey(t)), "publicPEM": publicPEM(t, exampleKey(t).Public()),
	}
	for _, name := range globalNames() {
		if v := a.Global(name); v != nil {
			values[name] = v
		}
	}
	for name, v := range values {
		if err := vm.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	script := prelude
	if mode.has("testOnly") {
		script += testPrelude
	}
	if _, err := vm.RunString(script); err != nil {
		t.Fatal(err)
	}
	return &a
}

func (m *typesMode) has(mark string) bool { return mark == "" || slices.Contains(m.marks, mark) }

// globalNames returns the names that any script finds.
func globalNames() []string {
	names := slices.AppendSeq([]string{"com", "java", "data", "retVal"}, maps.Keys(globals))
	return slices.AppendSeq(names, maps.Keys(testFunctions))
}

// scriptFunctions are what a test finds because the script under test has them.
var scriptFunctions = []string{"list", "main", "post", "proceed"} //nolint:gochecknoglobals // a table, never changed

// compareGlobals compares the global names and the classes of Java.
func compareGlobals(t *testing.T, a *API, d *declarations, mode typesMode) {
	t.Helper()
	marks := maps.Clone(d.functions)
	for name, c := range d.constants {
		marks[name] = c.mark
	}
	for name := range d.classes {
		root, _, _ := strings.Cut(name, ".")
		marks[root] = ""
	}
	for _, name := range scriptFunctions {
		if mark, ok := marks[name]; !ok || mark != "testOnly" {
			t.Errorf("the function %s is not declared as testOnly", name)
		}
		delete(marks, name)
	}
	for _, name := range globalNames() {
		if _, ok := marks[name]; !ok {
			t.Errorf("the global %s is not declared", name)
		}
	}
	for name, mark := range marks {
		if got, want := a.Global(name) != nil, mode.has(mark); got != want {
			t.Errorf("the global %s is there: %v; it is declared as there: %v", name, got, want)
		}
	}
	got, want := slices.Sorted(maps.Keys(d.classes)), slices.Sorted(maps.Keys(javaClasses))
	want = slices.DeleteFunc(want, func(name string) bool { return strings.HasSuffix(name, ".ListArray.ListRow") }) // a member
	if !slices.Equal(got, want) {
		t.Errorf("the classes of Java are declared as\n%v,\nthere are\n%v", got, want)
	}
}

// typesObject returns an object of an interface, nil if it has none in this mode.
func typesObject(t *testing.T, a *API, d *declarations, mode typesMode, name string) *goja.Object {
	t.Helper()
	if !mode.has(d.interfaces[name].mark) {
		return nil
	}
	expression, mark := exampleOf(d, mode, name)
	if expression == "" {
		if !d.isExtended(name) {
			t.Errorf("there is no example of the interface %s", name)
		}
		return nil
	}
	if !mode.has(mark) {
		return nil
	}
	v, err := a.vm.RunString("(" + expression + ")")
	if err != nil {
		t.Errorf("%s: %v", expression, err)
		return nil
	}
	o, ok := v.(*goja.Object)
	if !ok {
		t.Errorf("%s is %v, not an object", expression, v)
		return nil
	}
	return o
}

func exampleOf(d *declarations, mode typesMode, name string) (expression, mark string) {
	for global, c := range d.constants {
		if c.of == name {
			return global, c.mark
		}
	}
	for class, of := range d.classes {
		if of == name {
			return class, ""
		}
	}
	e := examples[name]
	if mode.has("testOnly") && e[1] != "" {
		return e[1], ""
	}
	return e[0], ""
}

func (d *declarations) isExtended(name string) bool {
	for _, i := range d.interfaces {
		if slices.Contains(i.extends, name) {
			return true
		}
	}
	return false
}

func membersOf(o *goja.Object) []string {
	if host := hostObject(o); host != nil {
		return slices.Sorted(maps.Keys(host.class.methods))
	}
	return slices.Sorted(slices.Values(o.Keys()))
}

// TestTypesAreComplete compares the kinds of host objects that the source has with
// those that the examples have: a new one needs an interface.
func TestTypesAreComplete(t *testing.T) {
	t.Parallel()
	d := readTypes(t)
	met := make(map[*class]bool)
	for _, mode := range []typesMode{{"", Config{Legacy: true}, []string{"legacy"}}, {"", Config{}, []string{"testOnly"}}} {
		a := typesAPI(t, mode)
		for name := range d.interfaces {
			o := typesObject(t, a, d, mode, name)
			if o == nil {
				continue
			}
			if host := hostObject(o); host != nil {
				met[host.class] = true
			}
		}
	}
	var got []string
	for c := range met {
		got = append(got, c.name)
	}
	slices.Sort(got)
	want := classNames(t)
	want = slices.DeleteFunc(want, func(name string) bool { return name == hostErrorClass.name }) // of no use to a script
	if !slices.Equal(got, want) {
		t.Errorf("the examples have objects of the classes\n%v,\nthe source has\n%v", got, want)
	}
}

// classNames returns the names of the classes that the source of the package makes.
func classNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "newClass" {
				return false // it calls newSubclass
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); ok && (f.Name == "newClass" || f.Name == "newSubclass") {
				for _, arg := range call.Args {
					if name, ok := arg.(*ast.BasicLit); ok {
						names = append(names, strings.Trim(name.Value, `"`))
					}
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return names
}
