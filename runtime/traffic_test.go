package runtime_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// Usage tells what was really sent, repeats and redirects included. The limit is on
// what the script asks for.
func TestUsageCountsRepeatsAndRedirects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := true
		network := egress.New(egress.Config{Transport: inMemory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/from":
				w.Header().Set("Location", "/to")
				w.WriteHeader(http.StatusTemporaryRedirect)
			case busy:
				busy = false
				w.WriteHeader(http.StatusServiceUnavailable)
			default:
				_, _ = io.WriteString(w, "body")
			}
		})}})
		rule, err := hostapi.ParseRule("a.test")
		if err != nil {
			t.Fatal(err)
		}
		result, err := run(t, runtime.Config{Connector: network}, `
			httpClient.begin().retry(5).body("123", "text/plain").put("http://a.test/from");
			try { httpClient.begin().get("http://b.test/") } catch (e) { engine.setDataByVarName("q_code", e.code) }`,
			runtime.Task{Allow: []hostapi.Rule{rule}, Limits: hostapi.Limits{Requests: 3}})
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Data["q_code"]; got != "denied" { // the third, which the limit allows
			t.Errorf("code %v of the last request", got)
		}
		u := result.Usage
		if u.Requests != 4 || u.RequestBytes != 12 || u.ResponseBytes != 4 {
			t.Errorf("usage = %+v, want 4 requests with 12 bytes, and 4 bytes back", u)
		}
	})
}

// A server that refuses connections for a while is no reason to fail where a request
// may be sent twice.
func TestRetryWithoutNetwork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method string
		tries  int
		code   hostapi.Code
		took   time.Duration
	}{
		{"get", 3, "", 3 * time.Second},
		{"put", 3, "", 3 * time.Second},
		{"post", 1, hostapi.CodeNetwork, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			network := egress.New(egress.Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if tries++; tries < 3 {
					return nil, io.ErrUnexpectedEOF
				}
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
			})})
			rule, err := hostapi.ParseRule("a.test")
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			result, err := run(t, runtime.Config{Connector: network}, `httpClient.begin().retry(2).`+tt.method+`("http://a.test/")`, runtime.Task{Allow: []hostapi.Rule{rule}})
			if took := time.Since(start); hostapi.CodeOf(err) != tt.code || tries != tt.tries || took != tt.took || result.Usage.Requests != tries {
				t.Errorf("%s: %d tries in %v, usage %+v, error %v", tt.method, tries, took, result.Usage, err)
			}
		})
	}
}

// The limit of the task ends a request too: the error says which, and what was going
// on.
func TestTimeoutOfTheTaskNamesTheHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := egress.New(egress.Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		rule, err := hostapi.ParseRule("a.test")
		if err != nil {
			t.Fatal(err)
		}
		_, err = run(t, runtime.Config{Connector: network}, `httpClient.begin().get("http://a.test/secret")`,
			runtime.Task{Allow: []hostapi.Rule{rule}, Limits: hostapi.Limits{Time: time.Second}})
		wantCode(t, err, hostapi.CodeTimeout, "get a.test:80: timed out while waiting for the response: time limit of 1s reached")
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
