package runtime_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func TestCall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
		args         []any
		want         string // of the value, as JSON
	}{
		{"a function", `function main() { return 1 + 1; }`, nil, `2`},
		{"a constant", `const main = () => false;`, nil, `false`},
		{"nothing", `function main() {}`, nil, `null`},
		{"a promise", `async function main() { return "done"; }`, nil, `"done"`},
		{
			"arguments", `function main(n, at, request) {
				return [n, at instanceof java.sql.Timestamp, at.getTime(), request.headers.getFirst("x-a"), request.headers.getFirst("X-B"), request.body];
			}`,
			[]any{3, time.UnixMilli(1600000000000), map[string]any{"headers": http.Header{"X-A": {"1"}}, "body": "{}"}},
			`[3,true,1600000000000,"1",null,"{}"]`,
		},
		{
			"objects of the host", `function main() {
				return [{ at: new java.sql.Timestamp(0), n: new java.math.BigDecimal("1.50"), f: () => 1, r: httpClient.begin(), id: "a" }];
			}`, nil, `[{"at":"1970-01-01T00:00:00Z","id":"a","n":1.50}]`,
		},
		{"what no data hold", `function main() { return httpClient.begin(); }`, nil, `null`},
		{"itself", `function main() { const o = { a: 1 }; o.o = o; return o; }`, nil, ``},
		{"code behind a property", `function main() { return { get a() { throw new Error("no"); } }; }`, nil, `null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := run(t, runtime.Config{}, tt.source, runtime.Task{Call: "main", Args: tt.args})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(result.Value)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && string(got) != tt.want {
				t.Errorf("value %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCallOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := run(t, runtime.Config{}, `const main = 1;`, runtime.Task{Call: "main"})
	wantCode(t, err, hostapi.CodeScript, "the script has no function main")
	_, err = run(t, runtime.Config{}, `function main() { throw new Error("no"); }`, runtime.Task{Call: "main"})
	wantCode(t, err, hostapi.CodeScript, "no")
}

// What a task asks for beside its data happens if it succeeds, and not otherwise.
func TestWhatATaskLeavesForItsWorkflow(t *testing.T) {
	t.Parallel()
	const script = `
engine.saveTemporaryData(engine.restoreTemporaryData() + " and more");
engine.setStartProcess(true);
const id = feedService.begin().setChannel("p1").setMarkdown("*hi*").post();
emailService.begin().setFrom("a@example.com", "Ada").addTo("b@example.com").setSubject("s" + id).setBody("b").send();
`
	given := "before"
	result, err := run(t, runtime.Config{}, script, runtime.Task{TemporaryData: &given})
	if err != nil {
		t.Fatal(err)
	}
	if result.TemporaryData == nil || *result.TemporaryData != "before and more" || !result.StartProcess {
		t.Errorf("temporary data %v, start %v", result.TemporaryData, result.StartProcess)
	}
	if len(result.Posts) != 1 || result.Posts[0].Message != "*hi*" || !result.Posts[0].Markdown || result.Posts[0].Channel != "p1" {
		t.Errorf("posts %+v", result.Posts)
	}
	if len(result.Emails) != 1 || result.Emails[0].Subject != "s1" || result.Emails[0].From.Name != "Ada" {
		t.Errorf("emails %+v", result.Emails)
	}
	result, err = run(t, runtime.Config{}, script+"throw 'no'", runtime.Task{TemporaryData: &given})
	if err == nil || *result.TemporaryData != "before" || result.StartProcess || result.Posts != nil || result.Emails != nil {
		t.Errorf("after a failure: %+v, %v", result, err)
	}
}
