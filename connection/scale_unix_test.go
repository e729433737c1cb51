//go:build unix

package connection_test

import (
	"fmt"
	goruntime "runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
)

// cpuTime returns the CPU time of this process, user and system.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkRequestAmongMany compares the CPU time of a request among 10,000 connections
// with that among 10, in rounds that alternate between them. The task is granted all of
// them, and the request is one of the last.
func BenchmarkRequestAmongMany(b *testing.B) {
	const rounds, requests = 9, 2000
	for _, shared := range []bool{false, true} {
		b.Run(fmt.Sprintf("shared=%t", shared), func(b *testing.B) {
			counts := []int{10, 10_000}
			send := make([]func(), len(counts))
			for i, n := range counts {
				m, grant := many(b, n, shared)
				for c := range n {
					if _, err := m.Token(b.Context(), fmt.Sprintf("c%d", c), 0); err != nil {
						b.Fatal(err)
					}
				}
				send[i] = func() { askOne(b, m, grant, n-1, shared) }
			}
			var ratios, few []float64
			for b.Loop() {
				for range rounds {
					var spent [2]float64
					for i := range counts {
						goruntime.GC()
						before := cpuTime(b)
						for range requests {
							send[i]()
						}
						spent[i] = float64(cpuTime(b)-before) / requests
					}
					ratios, few = append(ratios, spent[1]/spent[0]), append(few, spent[0])
				}
			}
			b.ReportMetric(0, "ns/op") // of all rounds together: meaningless
			b.ReportMetric(middle(few), "few-ns")
			b.ReportMetric(middle(ratios), "many/few")
		})
	}
}

func middle(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// BenchmarkTenant makes a Manager of a Set, which is what a tenant costs beyond parsing:
// CPU time and memory that stays in use.
func BenchmarkTenant(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprintf("connections=%d", n), func(b *testing.B) {
			var text strings.Builder
			for i := range n {
				text.WriteString(machine(fmt.Sprint("c", i), "id"))
			}
			set := parse(b, text.String())
			client := egress.New(egress.Config{Transport: memory{new(issuing)}})
			var managers []*connection.Manager
			heapBefore, before := heap(), cpuTime(b)
			for b.Loop() {
				m, err := connection.NewManager(connection.Config{Set: set, Egress: client, Namespace: "tenant"})
				if err != nil {
					b.Fatal(err)
				}
				managers = append(managers, m)
			}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/tenant")
			b.ReportMetric(float64(heap()-heapBefore)/float64(b.N), "bytes/tenant")
			goruntime.KeepAlive(managers)
		})
	}
}

// BenchmarkParse reads connections files.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "[connections.c%d]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/token\"\n"+
				"client_id = \"id\"\nclient_secret = \"env:SECRET\"\nhosts = [\"api%d.example.com\"]\nscopes = [\"a\", \"b\"]\n\n", i, i)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				if _, err := connection.Parse("oauth.toml", []byte(text.String()), connection.ParseOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpuTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}
