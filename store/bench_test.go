package store_test

import (
	"fmt"
	"testing"

	"github.com/postern-dev/postern/connection"
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
