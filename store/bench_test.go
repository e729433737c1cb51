package store_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
)

func BenchmarkLoad(b *testing.B) {
	s := open(b, sqliteURL(b))
	put(b, s, crm(), fmt.Sprintf("%01000d", 0))
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Load(b.Context(), crm()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Load(b.Context(), crm()); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func BenchmarkLeaseAndCommit(b *testing.B) {
	s := open(b, sqliteURL(b))
	record := connection.Record{Secret: fmt.Appendf(nil, "%01000d", 0)}
	for b.Loop() {
		if ok, err := s.Lease(b.Context(), crm(), record.Generation, "me", connection.Lease{}); err != nil || !ok {
			b.Fatal(ok, err)
		}
		record.Generation++
		if ok, err := s.Commit(b.Context(), crm(), "me", &record); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkAudit(b *testing.B) {
	s := open(b, sqliteURL(b))
	for b.Loop() {
		if err := s.Audit(b.Context(), connection.AuditEvent{Action: connection.ActionUse, Key: crm()}); err != nil {
			b.Fatal(err)
		}
	}
}

// instant answers every request at once.
type instant struct{}

func (instant) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	body := io.NopCloser(strings.NewReader(`{"access_token":"token","token_type":"Bearer"}`))
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: body, Request: r}, nil
}

// BenchmarkRequestsWithAudit sends requests of tasks, each of which is an event in the
// audit trail, from 64 goroutines.
func BenchmarkRequestsWithAudit(b *testing.B) {
	set, err := connection.Parse("oauth.toml", []byte(`
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "postern"
token_endpoint_auth_method = "none"
hosts = ["api.example.com"]`), connection.ParseOptions{})
	if err != nil {
		b.Fatal(err)
	}
	config := set.Egress()
	config.Transport = instant{}
	run := func(b *testing.B, kept connection.Store) {
		b.Helper()
		m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(config), Store: kept})
		if err != nil {
			b.Fatal(err)
		}
		var runs atomic.Int64
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				grant := &hostapi.Grant{
					Connections: []string{"crm"}, Limits: hostapi.DefaultLimits(), Identity: hostapi.Identity{Run: strconv.FormatInt(runs.Add(1), 10)},
				}
				request := &hostapi.Request{Method: http.MethodGet, URL: "https://api.example.com/", AuthSetting: "crm"}
				if _, err := m.Do(b.Context(), grant, request); err != nil {
					b.Error(err)
					return
				}
			}
		})
		if err := m.Close(b.Context()); err != nil {
			b.Error(err)
		}
	}
	b.Run("none", func(b *testing.B) { run(b, nil) })
	b.Run("sqlite", func(b *testing.B) { run(b, open(b, sqliteURL(b))) })
	b.Run("postgres", func(b *testing.B) {
		run(b, open(b, testservers.Postgres(b)))
	})
}
