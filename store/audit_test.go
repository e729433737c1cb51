package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/store"
)

func TestAuditTrail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		everything := hostapi.Identity{Tenant: "acme", Actor: "ada", Task: "17", Run: "17/2", Script: "sync.js"}
		day := func(d int) time.Time { return time.Date(2020, 1, d, 0, 0, 0, 0, time.UTC) }
		crmB := connection.Key{Connection: "crm", Account: "b"}
		for _, e := range []connection.AuditEvent{
			{Time: day(3), Action: connection.ActionRevoke, Key: crmB, Identity: hostapi.Identity{Actor: "user 7"}, Detail: "by hand"},
			{Time: day(1), Action: connection.ActionAdd, Key: crm(), Identity: hostapi.Identity{Actor: "odd \x00\xff"}},
			{Time: day(2), Action: connection.ActionUse, Key: connection.Key{Connection: "erp"}, Identity: hostapi.Identity{Actor: "task sync"}, Detail: "api.test"},
			{Action: connection.ActionRefresh, Key: crm()},
			{Time: day(4), Action: connection.ActionFail, Key: connection.Key{Namespace: "acme", Connection: "crm"}, Identity: everything},
		} {
			if err := s.Audit(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		tests := []struct {
			filter store.AuditFilter
			want   string
		}{
			{store.AuditFilter{}, "refresh revoke use add"},
			{store.AuditFilter{Connection: "crm"}, "refresh revoke add"},
			{store.AuditFilter{Connection: "none"}, ""},
			{store.AuditFilter{Connection: "crm", Account: "b", Limit: 1}, "revoke"},
			{store.AuditFilter{Since: day(2)}, "refresh revoke use"},
			{store.AuditFilter{Actor: "USER"}, "revoke"},
			{store.AuditFilter{Actor: "_"}, ""},
			{store.AuditFilter{Action: connection.ActionUse}, "use"},
			{store.AuditFilter{Action: "us"}, ""},
			{store.AuditFilter{Name: "RM"}, "refresh revoke add"},
			{store.AuditFilter{Name: "hand"}, "revoke"},
			{store.AuditFilter{Name: "17", Namespace: "acme"}, "fail"},
			{store.AuditFilter{Name: "crm", Actor: "user", Since: day(4)}, ""},
			{store.AuditFilter{Before: day(3)}, "use add"},
			{store.AuditFilter{Since: day(2), Before: day(3)}, "use"},
			{store.AuditFilter{Limit: 2}, "refresh revoke"},
			{store.AuditFilter{Namespace: "acme"}, "fail"},
			{store.AuditFilter{Namespace: "acme", Connection: "erp"}, ""},
			{store.AuditFilter{Namespace: "globex"}, ""},
		}
		for _, tt := range tests {
			events, err := s.AuditTrail(t.Context(), tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range events {
				got = append(got, string(e.Action))
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("%+v: %s, want %s", tt.filter, got, tt.want)
			}
		}
		events, err := s.AuditTrail(t.Context(), store.AuditFilter{})
		if err != nil {
			t.Fatal(err)
		}
		wantNow(t, "time of an event without one", events[0].Time)
		want := connection.AuditEvent{Time: day(3), Action: connection.ActionRevoke, Key: crmB, Identity: hostapi.Identity{Actor: "user 7"}, Detail: "by hand"}
		if events[1] != want {
			t.Errorf("event %+v, want %+v", events[1], want)
		}
		others, err := s.AuditTrail(t.Context(), store.AuditFilter{Namespace: "acme"})
		if err != nil || len(others) != 1 || others[0].Identity != everything || others[0].Key.Namespace != "acme" {
			t.Errorf("events of acme %+v, %v, want one of %+v", others, err, everything)
		}
		if got, want := events[3].Identity.Actor, "odd \uFFFD\uFFFD"; got != want {
			t.Errorf("actor %q, want %q", got, want)
		}
	})
}

func TestAuditKeepsOrder(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		const n = 50
		at := time.Now() // all in the same millisecond
		for i := range n {
			if err := s.Audit(t.Context(), connection.AuditEvent{Time: at, Detail: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		events, err := s.AuditTrail(t.Context(), store.AuditFilter{})
		if err != nil || len(events) != n {
			t.Fatalf("%d events, %v", len(events), err)
		}
		for i, e := range events {
			if want := fmt.Sprint(n - 1 - i); e.Detail != want {
				t.Errorf("event %d is %s, want %s", i, e.Detail, want)
			}
		}
	})
}

func TestPruneAudit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		put(t, s, crm(), "token")
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 5 {
			event := connection.AuditEvent{Time: at.AddDate(0, 0, i), Action: connection.ActionUse, Key: crm(), Detail: fmt.Sprint(i)}
			if err := s.Audit(t.Context(), event); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.PruneAudit(t.Context(), at.AddDate(0, 0, 2)); err != nil || n != 2 {
			t.Errorf("%d deleted, %v; want 2", n, err)
		}
		events, err := s.AuditTrail(t.Context(), store.AuditFilter{})
		if err != nil || len(events) != 3 || events[2].Detail != "2" {
			t.Errorf("left are %v, %v; want 4, 3 and 2", events, err)
		}
		if got := string(load(t, s, crm()).Secret); got != "token" {
			t.Errorf("secret %q, want token", got)
		}
	})
}
