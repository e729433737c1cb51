package service_test

import (
	"testing"

	"github.com/postern-dev/postern/internal/service"
)

// A cursor that is accepted bounds how many events are read again.
func FuzzAuditCursor(f *testing.F) {
	for _, cursor := range []string{"1700000000000.1", "0.0", "-1.1", "1.99999999999", "1.1 ", "+1.1"} {
		f.Add(cursor)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		last, n, err := service.DecodeAuditCursor(cursor)
		if err == nil && (last.UnixMilli() < 0 || n < 1 || n > 10_000) {
			t.Errorf("%q: %v, %d", cursor, last, n)
		}
	})
}
