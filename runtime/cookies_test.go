package runtime_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// inMemory carries requests to a handler, whatever their host.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

// cookieServer sets the cookies that the query asks for with set, redirects to its
// to, and answers with the Cookie headers that it was sent.
func cookieServer(w http.ResponseWriter, r *http.Request) {
	for _, cookie := range r.URL.Query()["set"] {
		w.Header().Add("Set-Cookie", cookie)
	}
	if to := r.URL.Query().Get("to"); to != "" {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
		return
	}
	_, _ = w.Write([]byte(strings.Join(r.Header.Values("Cookie"), " | ")))
}

// cookieEngine returns an engine whose tasks reach cookieServer under any name.
func cookieEngine(t *testing.T, c hostapi.Cookies) *runtime.Engine {
	t.Helper()
	client := egress.New(egress.Config{Transport: inMemory{http.HandlerFunc(cookieServer)}})
	return runtime.New(runtime.Config{Connector: client, Cookies: c})
}

// cookieRun runs source, which has a function get that returns the cookies that a
// request was sent with.
func cookieRun(t *testing.T, engine *runtime.Engine, source string) *runtime.Result {
	t.Helper()
	const get = `
const get = (url, cookie) => {
	const request = httpClient.begin();
	if (cookie) request.header("Cookie", cookie);
	return request.get(url).getResponseAsString();
};
const set = (url, ...cookies) => get(url + "/?" + cookies.map(c => "set=" + encodeURIComponent(c)).join("&"));
`
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(get + source)})
	if err != nil {
		t.Fatal(err)
	}
	var allow []hostapi.Rule
	for _, text := range []string{"https://api.example.com/*", "https://www.example.com/*", "https://other.test/*"} {
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		allow = append(allow, rule)
	}
	result, err := engine.Run(t.Context(), runtime.Task{Script: script, Allow: allow})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func logged(result *runtime.Result) []string {
	var lines []string
	for _, l := range result.Logs {
		lines = append(lines, string(l.Level)+" "+l.Message)
	}
	return lines
}

func TestCookies(t *testing.T) {
	t.Parallel()
	const refused = `set("https://api.example.com", "sid=hunter2; Domain=other.test");`
	const warning = `warn cookie "sid" of api.example.com rejected: its Domain does not match the host`
	keep, quiet := hostapi.Cookies{Keep: true}, hostapi.Cookies{Keep: true, Quiet: true}
	tests := []struct {
		name    string
		cookies hostapi.Cookies
		source  string
		want    []string
	}{
		{"off", hostapi.Cookies{}, `set("https://api.example.com", "sid=1"); console.log(get("https://api.example.com/"));`, []string{"info "}},
		{"off, one of the script's own", hostapi.Cookies{}, `console.log(get("https://api.example.com/", "own=1"));`, []string{"info own=1"}},
		{"off, one for another host", hostapi.Cookies{}, refused, nil},
		{"quiet alone keeps none", hostapi.Cookies{Quiet: true}, `set("https://api.example.com", "sid=1"); console.log(get("https://api.example.com/"));`, []string{"info "}},
		{"in the next request", keep, `set("https://api.example.com", "sid=1", "b=2"); console.log(get("https://api.example.com/"));`, []string{"info sid=1; b=2"}},
		{"behind the script's own", keep, `set("https://api.example.com", "sid=1"); console.log(get("https://api.example.com/", "own=1"));`, []string{"info own=1; sid=1"}},
		{"not at another host", keep, `set("https://api.example.com", "sid=1"); console.log(get("https://other.test/"));`, []string{"info "}},
		{"in the domain", keep, `set("https://api.example.com", "sid=1; Domain=example.com"); console.log(get("https://www.example.com/"));`, []string{"info sid=1"}},
		{"one for another host", keep, refused + refused + `console.log(get("https://other.test/") + get("https://api.example.com/"));`, []string{warning, "info "}},
		{"one for another host, no warning", quiet, refused + `console.log(get("https://other.test/") + get("https://api.example.com/"));`, []string{"info "}},
		{
			"the answer has them all the same", keep, `
			const answer = httpClient.begin().get("https://api.example.com/?set=sid%3D1%3B+Domain%3Db&set=fine%3D1");
			console.log(answer.getStatusCode() + " " + [...answer.getHeaderValues("Set-Cookie")]);`,
			[]string{warning, "info 200 sid=1; Domain=b,fine=1"},
		},
		{
			"on the way of a redirect", keep, `
			console.log(get("https://api.example.com/?set=sid%3D1&to=%2Fnext"));
			console.log(get("https://api.example.com/?set=two%3D2&to=https%3A%2F%2Fwww.example.com%2F%3Fset%3Dwww%253D3%26to%3Dhttps%253A%252F%252Fapi.example.com%252F", "own=1"));
			console.log(get("https://www.example.com/"));`,
			// The script's own does not come back from another origin.
			[]string{"info sid=1", "info sid=1; two=2", "info www=3"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := logged(cookieRun(t, cookieEngine(t, tt.cookies), tt.source)); !slices.Equal(got, tt.want) {
				t.Errorf("logged %q, want %q", got, tt.want)
			}
		})
	}
}

// No run has the cookies of another, be it before it or beside it.
func TestS07CookiesAreOfOneRun(t *testing.T) {
	t.Parallel()
	engine := cookieEngine(t, hostapi.Cookies{Keep: true})
	const source = `
		const before = get("https://api.example.com/");
		set("https://api.example.com", "sid=1");
		console.log(before + ">" + get("https://api.example.com/"));`
	var runs sync.WaitGroup
	for range 8 {
		runs.Go(func() {
			for range 4 {
				if got := logged(cookieRun(t, engine, source)); !slices.Equal(got, []string{"info >sid=1"}) {
					t.Errorf("logged %q", got)
				}
			}
		})
	}
	runs.Wait()
}

// What a server makes the host log does not take the task's own lines away.
func TestCookieWarningsDoNotCount(t *testing.T) {
	t.Parallel()
	engine := cookieEngine(t, hostapi.Cookies{Keep: true})
	result := cookieRun(t, engine, `
		for (let i = 0; i < 30; i++) set("https://api.example.com", "c" + i + "=1; Domain=b");
		for (let i = 0; i < 1000; i++) console.log("line");`)
	if got := len(result.Logs); got != 1020 {
		t.Errorf("%d lines, want 20 warnings and 1000 of the task's own", got)
	}
}
