package addon_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// task is the task of a definition whose configs were set to values.
func task(t *testing.T, d *addon.Definition, values map[string]string, env addon.Environment) runtime.Task {
	t.Helper()
	settings, err := d.Configure(t.Context(), values, env)
	if err != nil {
		t.Fatal(err)
	}
	return runtime.Task{Settings: settings, Items: env.Items, Data: env.Data, Process: env.Process}
}

func TestRun(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "greet.xml")
	a := compile(t, d, runtime.Config{})
	if a.Definition() != d {
		t.Error("the add-on has another definition")
	}
	env := addon.Environment{
		Items: []hostapi.Item{{VarName: "q_name", Type: hostapi.TypeTextfield}, {VarName: "q_out", Type: hostapi.TypeTextfield}},
		Data:  map[string]any{"q_name": "Ada"},
	}
	values := map[string]string{"conf_name": "#{q_name} L.", "conf_style": "Dear", "conf_out": "q_out"}
	outcome, err := a.Run(t.Context(), task(t, d, values, env))
	if err != nil || !outcome.Finished || outcome.Data["q_out"] != "Dear, Ada L." {
		t.Errorf("outcome %+v, error %v", outcome, err)
	}

	empty := map[string]string{"conf_name": "#{null}", "conf_out": "q_out"}
	outcome, err = a.Run(t.Context(), task(t, d, empty, env))
	wantError(t, err, hostapi.CodeScript, "greet.xml:39:11: The name is empty.")
	if outcome.Finished || outcome.Data["q_out"] != nil {
		t.Errorf("after a failure: %+v", outcome)
	}
}

// A script without addon-version does its work when it is loaded, in the older
// dialect.
func TestRunWhenLoaded(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "count.xml")
	env := addon.Environment{
		Items: []hostapi.Item{{VarName: "q_text", Type: hostapi.TypeTextarea}, {VarName: "q_count", Type: hostapi.TypeDecimal}},
		Data:  map[string]any{"q_text": "to be or not to be"},
	}
	task := task(t, d, map[string]string{"text": "q_text", "count": "q_count"}, env)
	outcome, err := compile(t, d, runtime.Config{}).Run(t.Context(), task)
	if err != nil || !outcome.Finished || outcome.Data["q_count"] != hostapi.Decimal("6") {
		t.Errorf("outcome %+v, error %v", outcome, err)
	}
}

func TestProceed(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "wait.xml")
	a := compile(t, d, runtime.Config{})
	env := addon.Environment{Items: []hostapi.Item{{VarName: "q_note", Type: hostapi.TypeString}}}
	task := task(t, d, map[string]string{"rounds": "2", "note": "on", "note_to": "q_note"}, env)
	outcome, err := a.Run(t.Context(), task)
	for range 2 {
		if err != nil || outcome.Finished || outcome.TemporaryData == nil {
			t.Fatalf("outcome %+v, error %v", outcome, err)
		}
		task.TemporaryData = outcome.TemporaryData
		outcome, err = a.Proceed(t.Context(), task)
	}
	if err != nil || !outcome.Finished || outcome.Data["q_note"] != "waited for 2 rounds" {
		t.Errorf("outcome %+v, error %v", outcome, err)
	}
}

// A task is unfinished only if it returns false and has a function proceed.
func TestFinished(t *testing.T) {
	t.Parallel()
	const v2 = "<addon-version>2</addon-version>"
	for inner, want := range map[string]bool{
		v2 + "<script>function main() {}</script>":                                        true,
		v2 + "<script>function main() { return false; }</script>":                         true,
		v2 + "<script>function main() { return 0; } function proceed() {}</script>":       true,
		v2 + "<script>function main() { return false; } function proceed() {}</script>":   false,
		v2 + "<script>const main = () => false; const proceed = () => {};</script>":       false,
		v2 + "<script>const main = async () => false; const proceed = () => {};</script>": false,
		"<script>false</script>":                         true,
		"<script>false; function proceed() { }</script>": true,
	} {
		outcome, err := compile(t, parse(t, definitionOf(inner)), runtime.Config{}).Run(t.Context(), runtime.Task{})
		if err != nil || outcome.Finished != want {
			t.Errorf("%s: finished %v, error %v", inner, outcome.Finished, err)
		}
	}
}

func TestRunErrors(t *testing.T) {
	t.Parallel()
	const v2 = "<addon-version>2</addon-version>"
	a := compile(t, parse(t, definitionOf(v2+"<script>function other() {}</script>")), runtime.Config{})
	outcome, err := a.Run(t.Context(), runtime.Task{Data: map[string]any{"a": 1.0}})
	if hostapi.CodeOf(err) != hostapi.CodeScript || !strings.Contains(err.Error(), "no function main") || outcome.Data["a"] != 1.0 || outcome.Finished {
		t.Errorf("without main: %+v, error %v", outcome, err)
	}
	saved := "by an earlier run"
	outcome, err = a.Proceed(t.Context(), runtime.Task{Data: map[string]any{"a": 1.0}, TemporaryData: &saved})
	wantError(t, err, hostapi.CodeInvalidArgument, "add-on test.xml: the task cannot be resumed: it has no function proceed")
	if outcome.Data["a"] != 1.0 || outcome.Finished || outcome.TemporaryData != &saved {
		t.Errorf("after a failure: %+v", outcome)
	}
	if _, err := a.Post(t.Context(), runtime.Task{}, addon.WebhookRequest{}); err == nil || err.Error() != "add-on test.xml: the definition is a SERVICE_TASK" {
		t.Errorf("a request for a service task: %v", err)
	}
	hook := compile(t, parseFile(t, "hook.xml"), runtime.Config{})
	outcome, err = hook.Run(t.Context(), runtime.Task{TemporaryData: &saved})
	wantError(t, err, hostapi.CodeInvalidArgument, "add-on hook.xml: the definition is a START_EVENT_WEBHOOK\nhint: use Post")
	if outcome.TemporaryData != &saved {
		t.Error("after a refusal: the temporary data are lost")
	}

	_, err = addon.Compile(t.Context(), runtime.New(runtime.Config{}), parse(t, definitionOf("<script>\n(</script>")))
	if hostapi.CodeOf(err) != hostapi.CodeScript || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("a script that does not compile: %v", err)
	}
}

// The engine types 0 to 2 have the names of the older dialect, 3 has not.
func TestEngineTypes(t *testing.T) {
	t.Parallel()
	for engineType, legacy := range map[string]string{"": "object", "0": "object", "1": "object", "2": "object", "3": "undefined"} {
		d := parse(t, definitionOf("<engine-type>"+engineType+"</engine-type><script>engine.log(typeof data + typeof retVal)</script>"))
		outcome, err := compile(t, d, runtime.Config{}).Run(t.Context(), runtime.Task{})
		if err != nil || len(outcome.Logs) != 1 || outcome.Logs[0].Message != legacy+legacy {
			t.Errorf("engine type %q: logged %+v, error %v", engineType, outcome.Logs, err)
		}
	}
}

// A task may use the connections that its settings name and those it is given, and
// no other.
func TestGrantedConnections(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf(`<configs><config name="auth" form-type="OAUTH2"/><config name="name"/></configs>
		<script>['auth', 'name'].forEach(name => httpClient.getOAuth2Token(configs.get(name)))</script>`))
	connector := &hostapitest.Connector{Tokens: map[string]string{"crm": "token of crm", "mail": "token of mail"}}
	a := compile(t, d, runtime.Config{Connector: connector})
	env := addon.Environment{Connections: []addon.Connection{{Name: "crm"}, {Name: "mail"}}}
	task := task(t, d, map[string]string{"auth": "crm", "name": "mail"}, env)
	if _, err := a.Run(t.Context(), task); hostapi.CodeOf(err) != hostapi.CodeDenied || !strings.Contains(err.Error(), "mail") {
		t.Errorf("a connection that is not granted: %v", err)
	}
	task.Connections = []string{"mail", "crm"}
	if _, err := a.Run(t.Context(), task); err != nil {
		t.Errorf("both connections granted: %v", err)
	}
}

func TestSuites(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{"greet.xml": 3, "count.xml": 1, "users.xml": 1, "wait.xml": 0} {
		engine := runtime.New(runtime.Config{})
		d := parseFile(t, filepath.Base(file))
		a, err := addon.Compile(t.Context(), engine, d)
		if err != nil {
			t.Fatal(err)
		}
		suite, ok, err := a.Suite(t.Context())
		if err != nil || ok != (want > 0) {
			t.Fatalf("%s: has tests: %v, error %v", file, ok, err)
		}
		if !ok {
			continue
		}
		tests, err := engine.FindTests(t.Context(), suite)
		if err != nil || len(tests) != want {
			t.Fatalf("%s: %+v, error %v", file, tests, err)
		}
		for i, test := range tests {
			result, err := engine.RunTest(t.Context(), suite, i)
			if err != nil || result.Err != nil {
				t.Errorf("%s: %s: %v, %v", file, test.Name, err, result.Err)
			}
		}
	}
}

// The lines of tests and of their failures are those of the file.
func TestSuitePlaces(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	d := parse(t, definitionOf("<addon-version>2</addon-version><script>function main() {}</script>\n<test>\n<![CDATA[\ntest('a', () => {\n  expect(1).toEqual(2);\n});]]></test>"))
	a, err := addon.Compile(t.Context(), engine, d)
	if err != nil {
		t.Fatal(err)
	}
	suite, _, err := a.Suite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tests, err := engine.FindTests(t.Context(), suite)
	if err != nil || len(tests) != 1 || tests[0].Line != 4 {
		t.Fatalf("tests %+v, error %v", tests, err)
	}
	result, err := engine.RunTest(t.Context(), suite, 0)
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := result.Err.(*hostapi.Error); !ok || e.File != "test.xml" || e.Line != 5 { //nolint:errorlint // documented to be one
		t.Errorf("failed with %#v", result.Err)
	}

	broken := compile(t, parse(t, definitionOf(script+"<test>(</test>")), runtime.Config{})
	if _, ok, err := broken.Suite(t.Context()); ok || hostapi.CodeOf(err) != hostapi.CodeScript {
		t.Errorf("tests that do not compile: %v, error %v", ok, err)
	}
}
