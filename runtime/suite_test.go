package runtime_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func suite(t *testing.T, engine *runtime.Engine, script, tests string) runtime.Suite {
	t.Helper()
	var s runtime.Suite
	for _, part := range []struct {
		to         **runtime.Script
		name, code string
	}{{&s.Script, "task.js", script}, {&s.Tests, "task.test.js", tests}} {
		compiled, err := engine.Compile(t.Context(), runtime.Source{Name: part.name, Code: []byte(part.code)})
		if err != nil {
			t.Fatal(err)
		}
		*part.to = compiled
	}
	s.Execute = !s.Script.OnlyDeclares("main")
	return s
}

// runAll runs every test of a suite and returns what each failed with.
func runAll(t *testing.T, script, tests string) (names []string, results []*runtime.TestResult) {
	t.Helper()
	engine := runtime.New(runtime.Config{})
	s := suite(t, engine, script, tests)
	found, err := engine.FindTests(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for i, test := range found {
		result, err := engine.RunTest(t.Context(), s, i)
		if err != nil {
			t.Fatal(err)
		}
		names, results = append(names, test.Name), append(results, result)
	}
	return names, results
}

const greeter = `
const greeting = 'hello ';
const main = () => {
  const name = configs.get('conf_name');
  engine.log('greeting ' + name);
  engine.setData(configs.getObject('conf_out'), greeting + name);
};
`

func TestSuite(t *testing.T) {
	t.Parallel()
	names, results := runAll(t, greeter, `
const prepare = name => {
  const out = engine.createDataDefinition('out', 1, 'q_out', 'STRING');
  configs.putObject('conf_out', out);
  configs.put('conf_name', name);
  return out;
};
test('greets', () => {
  const out = prepare('Ada');
  main();
  expect(engine.findData(out)).toEqual('hello Ada');
});
test('fails', () => {
  const out = prepare('Bob');
  main();
  expect(engine.findData(out)).toEqual('hello\nAda');
});
test('throws', () => { prepare('x'); null.foo; });
test('looks at nothing', () => { main; });
`)
	if got := strings.Join(names, ", "); got != "greets, fails, throws, looks at nothing" {
		t.Fatalf("tests: %s", got)
	}
	if r := results[0]; r.Err != nil || r.Assertions != 1 || len(r.Logs) != 1 || r.Logs[0].Message != "greeting Ada" || r.Wall <= 0 {
		t.Errorf("the first test: %+v", r)
	}
	failed, ok := errors.AsType[*hostapi.Error](results[1].Err)
	if !ok || failed.Code != hostapi.CodeScript || failed.File != "task.test.js" || failed.Line != 16 {
		t.Errorf("the second test failed with %#v", results[1].Err)
	}
	if m := results[1].Mismatch; m == nil || m.Expected != "hello\nAda" || m.Actual != "hello Bob" || !m.Text {
		t.Errorf("the second test compared %+v", m)
	}
	if r := results[2]; hostapi.CodeOf(r.Err) != hostapi.CodeScript || r.Mismatch != nil {
		t.Errorf("the third test: %+v", r)
	}
	if r := results[3]; r.Err != nil || r.Assertions != 0 {
		t.Errorf("the fourth test: %+v", r)
	}
}

func TestSuiteOfAScriptThatRunsAtOnce(t *testing.T) {
	t.Parallel()
	_, results := runAll(t, `
main();
function main() { if (configs.get('x') === null) throw 'x is not set'; engine.log('ran'); }
`, `
test('runs when told', () => { configs.put('x', '1'); execute(); expect(typeof main).toEqual('function'); });
test('throws unchanged', () => { expect(execute).toThrow('x is not set'); });
test('wrong message', () => { expect(execute).toThrow('something else'); });
test('a second time', () => { configs.put('x', '1'); execute(); execute(); });
`)
	if r := results[0]; r.Err != nil || len(r.Logs) != 1 {
		t.Errorf("the first test: %+v", r)
	}
	if r := results[1]; r.Err != nil || r.Assertions != 1 {
		t.Errorf("the second test: %+v", r)
	}
	if m := results[2].Mismatch; m == nil || m.Expected != "something else" || m.Actual != "x is not set" {
		t.Errorf("the third test compared %+v", m)
	}
	if err := results[3].Err; err == nil || !strings.Contains(err.Error(), "a test runs it once") && !strings.Contains(err.Error(), "has run already") {
		t.Errorf("the fourth test: %v", err)
	}
}

func TestATestInATest(t *testing.T) {
	t.Parallel()
	_, results := runAll(t, `function main() {}`, `test('outer', () => { test('inner', () => fail()); });`)
	wantCode(t, results[0].Err, hostapi.CodeInvalidArgument, "called in a test, where it would never run")
}

func TestEveryTestHasAWorldOfItsOwn(t *testing.T) {
	t.Parallel()
	_, results := runAll(t, `let count = 0; function main() { count++; }`, `
const shared = [];
for (const n of [1, 2, 3]) {
  test('run ' + n, () => {
    main();
    shared.push(n);
    configs.put('seen', String(n));
    engine.saveTemporaryData('x');
    expect(count).toEqual(1);
    expect(shared.length).toEqual(1);
    expect(configs.get('other')).toEqual(null);
  });
}
`)
	for i, r := range results {
		if r.Err != nil {
			t.Errorf("test %d: %v", i+1, r.Err)
		}
	}
	if len(results) != 3 {
		t.Errorf("%d tests", len(results))
	}
}

func TestATestHasNoNetwork(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{Connector: unreachable{t: t}})
	s := suite(t, engine, `function main() { httpClient.begin().get('https://api.example.com/'); }`, `test('asks', () => main());`)
	result, err := engine.RunTest(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, result.Err, hostapi.CodeDenied, "get: a test has no network")
}

// unreachable fails the test that reaches it.
type unreachable struct {
	hostapi.BaseConnector
	t *testing.T
}

func (u unreachable) AuthSetting(context.Context, *hostapi.Grant, string) (*hostapi.AuthSetting, error) {
	u.t.Error("a test asked for a connection")
	return &hostapi.AuthSetting{}, nil
}

func (u unreachable) OAuth2Token(context.Context, *hostapi.Grant, string) (string, error) {
	u.t.Error("a test asked for a token")
	return "", nil
}

func (u unreachable) OAuth2TokenInfo(context.Context, *hostapi.Grant, string) (*hostapi.TokenInfo, error) {
	u.t.Error("a test asked for a token")
	return &hostapi.TokenInfo{}, nil
}

func (u unreachable) Do(context.Context, *hostapi.Grant, *hostapi.Request) (*hostapi.Response, error) {
	u.t.Error("a test sent a request")
	return &hostapi.Response{Status: 200}, nil
}

func TestSuiteThatCannotBeLoaded(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	broken := suite(t, engine, `function main() {}`, "test('a', () => {});\nthrow new Error('no setup');")
	_, err := engine.FindTests(t.Context(), broken)
	wantCode(t, err, hostapi.CodeScript, "no setup")
	_, err = engine.RunTest(t.Context(), broken, 0)
	wantCode(t, err, hostapi.CodeScript, "no setup")
	_, err = engine.FindTests(t.Context(), runtime.Suite{})
	wantCode(t, err, hostapi.CodeInvalidArgument, "test Script: the suite has none")
	fine := suite(t, engine, `function main() {}`, `test('a', () => {});`)
	_, err = engine.RunTest(t.Context(), fine, 1)
	wantCode(t, err, hostapi.CodeInvalidArgument, "test: there is no test number 1")
}

func TestATestEnds(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	s := suite(t, engine, `function main() { for (;;); }`, `test('hangs', () => main());`)
	s.Limits.Time = 50 * time.Millisecond
	result, err := engine.RunTest(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, result.Err, hostapi.CodeTimeout, "time limit of 50ms reached")
}

// BenchmarkTest is one test of a small suite, sandbox and all.
func BenchmarkTest(b *testing.B) {
	engine := runtime.New(runtime.Config{})
	compile := func(name, code string) *runtime.Script {
		script, err := engine.Compile(b.Context(), runtime.Source{Name: name, Code: []byte(code)})
		if err != nil {
			b.Fatal(err)
		}
		return script
	}
	s := runtime.Suite{Script: compile("task.js", greeter), Tests: compile("task.test.js", `
test('greets', () => {
  const out = engine.createDataDefinition('out', 1, 'q_out', 'STRING');
  configs.putObject('conf_out', out);
  configs.put('conf_name', 'Ada');
  main();
  expect(engine.findData(out)).toEqual('hello Ada');
});`)}
	b.ReportAllocs()
	for b.Loop() {
		result, err := engine.RunTest(b.Context(), s, 0)
		if err != nil || result.Err != nil {
			b.Fatal(err, result.Err)
		}
	}
}
