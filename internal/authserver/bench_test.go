package authserver_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/testservers"
)

// BenchmarkAuthenticate is what each request to the API costs.
func BenchmarkAuthenticate(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkAuthenticate(b, databasetest.Open(b, databasetest.SQLiteURL(b))) })
	b.Run("postgres", func(b *testing.B) {
		benchmarkAuthenticate(b, databasetest.Open(b, testservers.Postgres(b)))
	})
}

func benchmarkAuthenticate(b *testing.B, db *database.DB) {
	b.Helper()
	registry, err := authserver.Open(b.Context(), db)
	if err != nil {
		b.Fatal(err)
	}
	_, secret, err := registry.CreateToken(b.Context(), authserver.User{ID: "alice"}, "x", "", time.Now().Add(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/runs", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+secret)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registry.Authenticate(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
