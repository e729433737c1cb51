package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/store"
)

func rotate(tb testing.TB, s *store.Store) store.Rotation {
	tb.Helper()
	done, err := s.RotateKeys(tb.Context())
	if err != nil {
		tb.Fatalf("rotate: %v", err)
	}
	return done
}

// fill makes n records and a definition.
func fill(tb testing.TB, s *store.Store, n int) {
	tb.Helper()
	for i := range n {
		put(tb, s, connection.Key{Connection: fmt.Sprint(i)}, fmt.Sprint("token ", i))
	}
	save(tb, s, "crm", "{}", "secrets")
}

// wantFilled checks that everything opens that fill has made.
func wantFilled(tb testing.TB, s *store.Store, n int) {
	tb.Helper()
	for i := range n {
		if got, want := string(load(tb, s, connection.Key{Connection: fmt.Sprint(i)}).Secret), fmt.Sprint("token ", i); got != want {
			tb.Errorf("secret %q, want %q", got, want)
		}
	}
	if all, err := s.Definitions(tb.Context(), ""); err != nil || len(all) != 1 || string(all[0].Secrets) != "secrets" {
		tb.Errorf("definitions %v, %v", all, err)
	}
}

func TestK07RotateKeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s, other := open(t, t.url), open(t, t.url)
		fill(t, s, 3)
		if !leased(t, s, 0, "me") { // a record without a secret
			t.Fatal("not leased")
		}
		db := raw(t, t.url)
		under := func(key int) int {
			return queryInt(t, db, "SELECT count(*) FROM postern_connection_records WHERE key_id = $1", key) +
				queryInt(t, db, "SELECT count(*) FROM postern_connection_definitions WHERE key_id = $1", key)
		}
		if got := under(1); got != 4 {
			t.Errorf("%d secrets under the first key, want 4", got)
		}

		if got, want := rotate(t, s), (store.Rotation{Key: 2, Sealed: 4}); got != want {
			t.Errorf("first rotation %+v, want %+v", got, want)
		}
		if got := under(2); got != 4 {
			t.Errorf("%d secrets under the second key, want 4", got)
		}
		wantFilled(t, s, 3)
		wantFilled(t, other, 3) // which has to read the new key first

		// A process that has not met the new key does not use the old one.
		third := open(t, t.url)
		if got, want := rotate(t, s), (store.Rotation{Key: 3, Sealed: 4, Dropped: 1}); got != want {
			t.Errorf("second rotation %+v, want %+v", got, want)
		}
		put(t, third, connection.Key{Connection: "0"}, "token 0")
		if !leased(t, third, 0, "me") || !committed(t, other, "me", 1, "token") {
			t.Error("not renewed")
		}
		save(t, third, "crm", "{}", "secrets")
		if got := under(3); got != 5 {
			t.Errorf("%d secrets under the third key, want 5", got)
		}
		for _, s := range []*store.Store{s, other, third, open(t, t.url)} {
			wantFilled(t, s, 3)
		}
		if got := queryInt(t, db, "SELECT count(*) FROM postern_keys WHERE id IN (2, 3)"); got != 2 {
			t.Errorf("%d keys of the last two, want 2", got)
		}
		if got := queryInt(t, db, "SELECT count(*) FROM postern_keys"); got != 2 {
			t.Errorf("%d keys, want 2", got)
		}
	})
}

// Every secret that cannot be decrypted is named, and does not keep the others from
// their new key. Deleting it, or storing another in its place, is the way out.
func TestRotateKeysNamesWhatCannotBeDecrypted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s, db := open(t, t.url), raw(t, t.url)
		fill(t, s, 4)
		mustExec(t, db, "UPDATE postern_connection_records SET generation = 7, newest = 7 WHERE connection = '1'")
		mustExec(t, db, "UPDATE postern_connection_records SET secret = substr(secret, 1, 5) WHERE connection = '3'")
		done, err := s.RotateKeys(t.Context())
		if want := (store.Rotation{Key: 2, Sealed: 3}); done != want {
			t.Errorf("rotation %+v, want %+v", done, want)
		}
		var names []string
		for _, err := range all(err) {
			wantConfigError(t, err, "cannot be decrypted")
			if e, ok := errors.AsType[*hostapi.Error](err); ok {
				names = append(names, e.Name)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != "1 3" {
			t.Errorf("errors about %q, want 1 and 3", got)
		}
		for _, name := range []string{"1", "3"} {
			if _, err := s.Load(t.Context(), connection.Key{Connection: name}); !errors.Is(err, connection.ErrUnreadable) {
				t.Errorf("load %s: %v, want ErrUnreadable", name, err)
			}
			if err := s.Delete(t.Context(), connection.Key{Connection: name}); err != nil {
				t.Errorf("delete %s: %v", name, err)
			}
		}
		if got, want := rotate(t, s), (store.Rotation{Key: 3, Sealed: 3, Dropped: 1}); got != want {
			t.Errorf("rotation %+v, want %+v", got, want)
		}
	})
}

// A damaged data key takes with it what is under it, and nothing else.
func TestDamagedDataKey(t *testing.T) {
	t.Parallel()
	for _, newest := range []bool{false, true} {
		t.Run(fmt.Sprintf("newest %t", newest), func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t dbTest) {
				running, db := open(t, t.url), raw(t, t.url)
				put(t, running, connection.Key{Connection: "old"}, "under key 1")
				mustExec(t, db, "UPDATE postern_connection_records SET key_id = 1") // no matter what rotations do
				if _, err := db.ExecContext(t.Context(), "INSERT INTO postern_keys (id, wrapped, created) VALUES (9, $1, 0)", []byte("damaged")); err != nil {
					t.Fatal(err)
				}
				if !newest { // one that was made after it
					rotate(t, running)
				} else {
					err := running.Put(t.Context(), crm(), &connection.Record{})
					wantConfigError(t, err, "its newest data key is damaged")
				}
				s := open(t, t.url)
				put(t, s, crm(), "token")
				for _, s := range []*store.Store{s, running} {
					if got := string(load(t, s, crm()).Secret); got != "token" {
						t.Errorf("secret %q, want token", got)
					}
					if got := string(load(t, s, connection.Key{Connection: "old"}).Secret); got != "under key 1" {
						t.Errorf("secret %q, want that under key 1", got)
					}
				}
				key := bytes.Repeat([]byte{7}, 32)
				if err := s.RotateMasterKey(t.Context(), key); err != nil {
					t.Fatal(err)
				}
				rotate(t, s)
				rotate(t, s)
				if got := queryInt(t, db, "SELECT count(*) FROM postern_keys WHERE id = 9"); got != 0 {
					t.Error("the damaged key is still there")
				}
				if got := string(load(t, openWith(t, t.url, key), crm()).Secret); got != "token" {
					t.Errorf("secret %q, want token", got)
				}
			})
		})
	}
}

func TestRotateKeysPastWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		fill(t, s, 3)
		db := raw(t, t.url)
		mustExec(t, db, "UPDATE postern_connection_records SET generation = 7, newest = 7 WHERE connection = '1'")
		for i, want := range []store.Rotation{{Key: 2, Sealed: 3}, {Key: 3, Sealed: 3}, {Key: 4, Sealed: 3, Dropped: 1}} {
			got, err := s.RotateKeys(t.Context())
			if got != want {
				t.Errorf("rotation %d: %+v, want %+v", i, got, want)
			}
			if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Name != "1" || e.Code != hostapi.CodeConfig {
				t.Errorf("error %v, want one about 1", err)
			}
		}
		put(t, s, connection.Key{Connection: "1"}, "token 1")
		rotate(t, s)
		if got := queryInt(t, db, "SELECT count(*) FROM postern_keys WHERE id = 1"); got != 0 {
			t.Error("the first key is still there")
		}
		wantFilled(t, s, 3)
	})
}

// blockRotation makes a rotation stand still at the record of that connection: on
// SQLite in the middle of its statement, on PostgreSQL before it. It returns what
// lets the next one go on.
func blockRotation(t dbTest, db *sql.DB, name string) (unblock func()) {
	t.Helper()
	if strings.HasPrefix(t.url, "sqlite:") {
		mustExec(t, db, `CREATE TRIGGER block AFTER UPDATE OF key_id ON postern_connection_records WHEN NEW.connection = '`+name+`' BEGIN
			SELECT count(*) FROM (WITH RECURSIVE forever(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM forever) SELECT n FROM forever);
		END`)
		return func() { mustExec(t, db, "DROP TRIGGER block") }
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "SELECT 1 FROM postern_connection_records WHERE connection = $1 FOR UPDATE", name); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// A rotation that is killed leaves a store in which everything opens, and the next
// one brings it to its end.
func TestK07RotateKeysKilled(t *testing.T) {
	t.Parallel()
	const records = 30
	for _, after := range []int{0, 1, 10, records - 1} {
		t.Run(fmt.Sprintf("after %d", after), func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t dbTest) {
				s, db := open(t, t.url), raw(t, t.url)
				fill(t, s, records)
				var next string // the record that it comes to then
				if err := db.QueryRowContext(t.Context(), "SELECT connection FROM postern_connection_records WHERE key_id < 2 LIMIT 1 OFFSET $1", after).Scan(&next); err != nil {
					t.Fatal(err)
				}
				unblock := blockRotation(t, db, next)
				c := start(t, "rotate", t.url, "")
				for tick := time.Tick(5 * time.Millisecond); queryInt(t, db, "SELECT count(*) FROM postern_keys") < 2 ||
					queryInt(t, db, "SELECT count(*) FROM postern_connection_records WHERE key_id = 2") < after; {
					<-tick
				}
				c.kill(t)
				unblock()
				if got := queryInt(t, db, "SELECT count(*) FROM postern_connection_records WHERE key_id = 1"); got < records-after-1 || got == 0 && after < records-1 {
					t.Errorf("%d of %d secrets are under the first key, want it to have stopped after %d", got, records, after)
				}
				wantFilled(t, s, records)
				wantFilled(t, open(t, t.url), records)

				done := rotate(t, s)
				left := queryInt(t, db, "SELECT count(*) FROM postern_connection_records WHERE key_id <> $1", done.Key)
				if left != 0 || done.Key != 3 || done.Sealed != records+1 {
					t.Errorf("%+v, and %d secrets under older keys", done, left)
				}
				rotate(t, s)
				if got := queryInt(t, db, "SELECT count(*) FROM postern_keys"); got != 2 {
					t.Errorf("%d keys, want 2", got)
				}
				wantFilled(t, s, records)
			})
		})
	}
}

// Rotations do not disturb other processes that read and write all the time.
func TestRotateKeysUnderUse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		fill(t, s, 10)
		users := []*child{start(t, "use", t.url, "a"), start(t, "use", t.url, "b")}
		for _, u := range users {
			u.line(t)
		}
		for range 10 {
			rotate(t, s)
		}
		for _, u := range users {
			u.wait(t)
		}
		wantFilled(t, s, 10)
		rotate(t, s)
		if got := queryInt(t, raw(t, t.url), "SELECT count(*) FROM postern_keys"); got != 2 {
			t.Errorf("%d keys, want 2", got)
		}
	})
}

// Rotations at once work: none drops the key that another is about to use.
func TestRotateKeysAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		fill(t, s, 30)
		children := []*child{start(t, "rotate", t.url, ""), start(t, "rotate", t.url, ""), start(t, "rotate", t.url, "")}
		var wg sync.WaitGroup
		const rotations, stores = 5, 3
		for i := range stores {
			other := open(t, t.url)
			wg.Go(func() {
				for range rotations {
					if _, err := other.RotateKeys(t.Context()); err != nil {
						t.Errorf("rotate: %v", err)
					}
					key := connection.Key{Connection: fmt.Sprint(i)}
					if err := other.Put(t.Context(), key, &connection.Record{Secret: fmt.Append(nil, "token ", i)}); err != nil {
						t.Errorf("put: %v", err)
					}
				}
			})
		}
		for _, c := range children {
			c.wait(t)
		}
		wg.Wait()
		wantFilled(t, s, 30)
		if got, want := queryInt(t, raw(t, t.url), "SELECT max(id) FROM postern_keys"), 1+len(children)+stores*rotations; got != want {
			t.Errorf("last key %d, want %d", got, want)
		}
	})
}

func TestRotateMasterKey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s, stale := open(t, t.url), open(t, t.url)
		fill(t, s, 3)
		rotate(t, s)
		key := bytes.Repeat([]byte{7}, 32)
		wantConfigError(t, s.RotateMasterKey(t.Context(), key[:31]), "31 bytes")
		if err := s.RotateMasterKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		wantFilled(t, s, 3)
		wantFilled(t, openWith(t, t.url, key), 3)
		_, err := store.Open(t.Context(), store.Config{URL: t.url, Key: testKey()})
		wantConfigError(t, err, "is not that of this store")

		// The old key wraps nothing any more.
		_, err = stale.RotateKeys(t.Context())
		wantConfigError(t, err, "is not that of this store")
		wantConfigError(t, stale.RotateMasterKey(t.Context(), testKey()), "is not that of this store")

		if got := rotate(t, s); got.Key != 3 {
			t.Errorf("rotation %+v, want key 3", got)
		}
		wantFilled(t, openWith(t, t.url, key), 3)
	})
}

// Without its keys a store is no use, but it says so, and does not make others.
func TestKeysGone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		db := raw(t, t.url)
		put(t, s, crm(), "token")
		mustExec(t, db, "DELETE FROM postern_connection_records")
		mustExec(t, db, "DELETE FROM postern_keys")
		wantConfigError(t, s.Put(t.Context(), crm(), &connection.Record{}), "data keys are missing")
		if got := queryInt(t, db, "SELECT count(*) FROM postern_keys"); got != 0 {
			t.Errorf("%d keys, want 0", got)
		}
	})
}
