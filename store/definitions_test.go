package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/store"
)

func save(tb testing.TB, s *store.Store, name, table, secrets string) {
	tb.Helper()
	d := store.Definition{Name: name, Table: []byte(table), Secrets: []byte(secrets)}
	d.Generation = generation(tb, s, name)
	if ok, err := s.SaveDefinition(tb.Context(), d); err != nil || !ok {
		tb.Fatalf("save %s: %t, %v", name, ok, err)
	}
}

// generation returns that of a stored definition; 0 if there is none.
func generation(tb testing.TB, s *store.Store, name string) int64 {
	tb.Helper()
	all, err := s.Definitions(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range all {
		if d.Name == name {
			return d.Generation
		}
	}
	return 0
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
				var got string
				for _, d := range all {
					got += fmt.Sprintf("{%s %s %s}", d.Name, d.Table, d.Secrets)
				}
				if got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		}
		want("")
		save(t, s, "é", `{"b": 1,  "a": "é"}`, "")
		save(t, s, "crm", "{}", "one")
		want(`{crm {} one}{é {"b": 1,  "a": "é"} }`)
		first := generation(t, s, "crm")
		save(t, s, "crm", "{ }", "two")
		want(`{crm { } two}{é {"b": 1,  "a": "é"} }`)
		if second := generation(t, s, "crm"); second != first+1 {
			t.Errorf("generation %d, then %d", first, second)
		}
		for _, old := range []int64{0, first, first + 2} {
			d := store.Definition{Name: "crm", Table: []byte("[]"), Generation: old}
			if ok, err := s.SaveDefinition(t.Context(), d); ok || err != nil {
				t.Errorf("saved over generation %d: %t, %v", old, ok, err)
			}
			if ok, err := s.DeleteDefinition(t.Context(), d); ok || err != nil {
				t.Errorf("deleted generation %d: %t, %v", old, ok, err)
			}
		}
		for _, want := range []bool{true, false} {
			if ok, err := s.DeleteDefinition(t.Context(), store.Definition{Name: "crm", Generation: first + 1}); ok != want || err != nil {
				t.Errorf("deleted: %t, %v", ok, err)
			}
		}
		if ok, err := s.SaveDefinition(t.Context(), store.Definition{Name: "crm", Table: []byte("[]"), Generation: first + 1}); ok || err != nil {
			t.Errorf("saved over one that was deleted: %t, %v", ok, err)
		}
		want(`{é {"b": 1,  "a": "é"} }`)
		save(t, s, "crm", "{}", "three")
		if again := generation(t, s, "crm"); again == first || again == first+1 {
			t.Errorf("generation %d is that of one that was deleted", again)
		}
		want(`{crm {} three}{é {"b": 1,  "a": "é"} }`)
	})
}

func TestSaveDefinitionAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		var wg sync.WaitGroup
		var saved atomic.Int32
		for i := range 8 {
			wg.Go(func() {
				text := fmt.Sprint(i)
				ok, err := s.SaveDefinition(t.Context(), store.Definition{Name: "crm", Table: []byte(text), Secrets: []byte(text)})
				if err != nil {
					t.Error(err)
				}
				if ok {
					saved.Add(1)
				}
			})
		}
		wg.Wait()
		if n := saved.Load(); n != 1 {
			t.Errorf("%d of 8 were saved as new", n)
		}
		all, err := s.Definitions(t.Context(), "")
		if err != nil || len(all) != 1 {
			t.Fatalf("%d definitions, %v", len(all), err)
		}
		if string(all[0].Table) != string(all[0].Secrets) {
			t.Errorf("table of %s with secrets of %s", all[0].Table, all[0].Secrets)
		}
	})
}
