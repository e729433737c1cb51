package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/postern-dev/postern/store"
)

func save(tb testing.TB, s *store.Store, name, table, secrets string) {
	tb.Helper()
	d := store.Definition{Name: name, Table: []byte(table), Secrets: []byte(secrets)}
	if err := s.SaveDefinition(tb.Context(), d); err != nil {
		tb.Fatalf("save %s: %v", name, err)
	}
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		want := func(want string) {
			t.Helper()
			// Another process sees the same.
			for _, s := range []*store.Store{s, open(t, t.url)} {
				all, err := s.Definitions(t.Context(), "")
				if err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprintf("%s", all); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		}
		want("[]")
		save(t, s, "é", `{"b": 1,  "a": "é"}`, "")
		save(t, s, "crm", "{}", "one")
		want(`[{ crm {} one} { é {"b": 1,  "a": "é"} }]`)
		save(t, s, "crm", "{ }", "two")
		want(`[{ crm { } two} { é {"b": 1,  "a": "é"} }]`)
		for range 2 {
			if err := s.DeleteDefinition(t.Context(), "", "crm"); err != nil {
				t.Error(err)
			}
		}
		want(`[{ é {"b": 1,  "a": "é"} }]`)
		save(t, s, "crm", "{}", "three")
		want(`[{ crm {} three} { é {"b": 1,  "a": "é"} }]`)
	})
}

func TestSaveDefinitionAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				text := fmt.Sprint(i)
				if err := s.SaveDefinition(t.Context(), store.Definition{Name: "crm", Table: []byte(text), Secrets: []byte(text)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := s.Definitions(t.Context(), "")
		if err != nil || len(all) != 1 {
			t.Fatalf("%d definitions, %v", len(all), err)
		}
		if string(all[0].Table) != string(all[0].Secrets) {
			t.Errorf("table of %s with secrets of %s", all[0].Table, all[0].Secrets)
		}
	})
}
