package connection_test

import (
	"fmt"
	"io"
	"net/http"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// many returns many connections, each with its own hosts or all with the same one.
func many(tb testing.TB, n int, shared bool) (m *connection.Manager, grant *hostapi.Grant) {
	tb.Helper()
	var b strings.Builder
	grant = &hostapi.Grant{Limits: hostapi.DefaultLimits()}
	for i := range n {
		host := "api.example.com"
		if !shared {
			host = fmt.Sprintf("api%d.example.com", i)
		}
		fmt.Fprintf(&b, "[connections.c%d]\ngrant = \"static\"\nallow_plaintext = true\ntoken = \"the-token-of-number-%d\"\nhosts = [%q]\n", i, i, host)
		grant.Connections = append(grant.Connections, fmt.Sprintf("c%d", i))
	}
	set := parse(tb, b.String())
	m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(egress.Config{Transport: quiet{}})})
	if err != nil {
		tb.Fatal(err)
	}
	return m, grant
}

// quiet is an API with minimal overhead.
type quiet struct{}

func (quiet) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func askOne(tb testing.TB, m *connection.Manager, grant *hostapi.Grant, i int, shared bool) {
	tb.Helper()
	host := "api.example.com"
	if !shared {
		host = fmt.Sprintf("api%d.example.com", i)
	}
	response, err := m.Do(tb.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://" + host + "/", AuthSetting: fmt.Sprintf("c%d", i)})
	if err != nil || response.Status != http.StatusOK {
		tb.Fatalf("%v, %v", response, err)
	}
}

// BenchmarkMany sends a request of the last one of many connections.
func BenchmarkMany(b *testing.B) {
	for _, shared := range []bool{false, true} {
		for _, used := range []bool{false, true} {
			for _, n := range []int{10, 10_000} {
				b.Run(fmt.Sprintf("shared=%t/used=%t/%d", shared, used, n), func(b *testing.B) {
					m, grant := many(b, n, shared)
					for i := range n {
						if used {
							if _, err := m.Token(b.Context(), fmt.Sprintf("c%d", i), 0); err != nil {
								b.Fatal(err)
							}
						}
					}
					askOne(b, m, grant, n-1, shared)
					b.ReportAllocs()
					for b.Loop() {
						askOne(b, m, grant, n-1, shared)
					}
				})
			}
		}
	}
}

// TestRequestAmongMany checks that a request costs no more among many connections than
// among few, whether or not they are used and share a host.
func TestRequestAmongMany(t *testing.T) { //nolint:paralleltest // it counts allocations
	for _, shared := range []bool{false, true} {
		cost := func(n int) float64 {
			m, grant := many(t, n, shared)
			for i := range n {
				askOne(t, m, grant, i, shared)
			}
			return testing.AllocsPerRun(20, func() { askOne(t, m, grant, n-1, shared) })
		}
		// What the collector takes from pools is allocated again.
		if few, lots := cost(10), cost(500); lots > 1.5*few {
			t.Errorf("a host of their own: %t: %v allocations among 10, %v among 500", !shared, few, lots)
		}
	}
}

// renewable returns many connections to one host that hold tokens, and a function that
// renews one of them, sends a request with it, and checks that its token, which the API
// echoes, is removed from the response.
func renewable(tb testing.TB, n int) func(i int) {
	tb.Helper()
	var b strings.Builder
	grant := &hostapi.Grant{Limits: hostapi.DefaultLimits()}
	for i := range n {
		fmt.Fprintf(&b, "[connections.c%d]\ngrant = \"client_credentials\"\nallow_plaintext = true\nclient_id = \"c%d\"\nclient_secret = \"a-secret\"\n"+
			"token_endpoint = \"https://id.example.com/token\"\nhosts = [\"api.example.com\"]\n", i, i)
		grant.Connections = append(grant.Connections, fmt.Sprintf("c%d", i))
	}
	m, err := connection.NewManager(connection.Config{Set: parse(tb, b.String()), Egress: egress.New(egress.Config{Transport: new(issuer)})})
	if err != nil {
		tb.Fatal(err)
	}
	use := func(i int) {
		name := fmt.Sprintf("c%d", i)
		if _, err := m.Refresh(tb.Context(), name); err != nil {
			tb.Fatal(err)
		}
		response, err := m.Do(tb.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: name})
		if err != nil || strings.Contains(string(response.Body), "token-") || !strings.Contains(string(response.Body), hostapi.SealedPrefix) {
			tb.Fatalf("%+v, %v", response, err)
		}
	}
	for i := range n {
		use(i)
	}
	return use
}

// issuer is an authorization server that issues another token each time, and an API
// that repeats the token it gets.
type issuer struct{ n int }

func (s *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Header.Get("Authorization")
	if r.URL.Path == "/token" {
		s.n++
		body = fmt.Sprintf(`{"access_token":"the-token-%d","token_type":"Bearer","expires_in":3600}`, s.n)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// BenchmarkRenewalAmongMany renews each of many connections to one host in turn, with a
// request after each.
func BenchmarkRenewalAmongMany(b *testing.B) {
	for _, n := range []int{1, 10, 1000, 4000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			use := renewable(b, n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				use(i % n)
			}
		})
	}
}

// TestRenewalAmongMany checks that the cost of a renewal is not proportional to the
// number of connections that share its host.
func TestRenewalAmongMany(t *testing.T) { //nolint:paralleltest // it counts what is allocated
	const rounds = 50
	cost := func(n int) uint64 {
		use := renewable(t, n)
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		for i := range rounds {
			use(i % n)
		}
		goruntime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / rounds
	}
	if few, lots := cost(10), cost(1000); lots > 2*few {
		t.Errorf("%d bytes for a renewal among 10, %d among 1,000", few, lots)
	}
}
