package connection_test

import (
	"net/http"
	goruntime "runtime"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/postern-dev/postern/connection/connectiontest"
)

// BenchmarkToken gets a cached token from 64 goroutines, here and from x/oauth2.
func BenchmarkToken(b *testing.B) {
	parallelism := max(1, 64/goruntime.GOMAXPROCS(0))

	b.Run("postern", func(b *testing.B) {
		m := newManager(b, &connectiontest.Provider{}, `
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "demo"
client_secret = "demo-secret"
allow_plaintext = true`)
		ctx := b.Context()
		b.SetParallelism(parallelism)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := m.Token(ctx, "crm", 0); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})

	b.Run("reuse_token_source", func(b *testing.B) {
		config := clientcredentials.Config{
			ClientID: "demo", ClientSecret: "demo-secret", TokenURL: "https://id.example.com/token", AuthStyle: oauth2.AuthStyleInHeader,
		}
		client := &http.Client{Transport: memory{&connectiontest.Provider{}}}
		source := config.TokenSource(contextWithClient(b.Context(), client)) // a ReuseTokenSource
		b.SetParallelism(parallelism)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := source.Token(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}
