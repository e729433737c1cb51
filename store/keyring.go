package store

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"maps"
	"slices"
	"sync"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// keyring has the data keys that the database had when it was last asked. Another
// process may have added and dropped some since.
type keyring struct {
	loading sync.Mutex // one reads the database at a time: what was read last is the latest

	mu     sync.RWMutex
	master cipher.AEAD
	keys   map[int64]cipher.AEAD // by id; those whose row is damaged are missing
	newest int64                 // the id of the one that seals; 0: none yet
}

func (k *keyring) newestID() int64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.newest
}

func (k *keyring) wrapper() cipher.AEAD {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.master
}

func (k *keyring) key(id int64) (cipher.AEAD, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok := k.keys[id]
	return key, ok
}

// canSeal reports whether there is a newest key.
func (k *keyring) canSeal() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.keys[k.newest] != nil
}

// seal seals a secret under the newest key. It fails if there is none.
func (k *keyring) seal(at place, secret []byte) (id int64, sealed []byte, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key := k.keys[k.newest]
	if key == nil {
		return 0, nil, false
	}
	return k.newest, sealWith(key, []byte{sealVersion}, secret, at.data()), true
}

// replace takes the keys of the database for those known before.
func (k *keyring) replace(raw map[int64][]byte) error {
	keys, err := ciphers(raw)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.newest = keys, newestOf(raw)
	return nil
}

// ciphers returns what the data keys are for. It leaves out those that are nil.
func ciphers(raw map[int64][]byte) (map[int64]cipher.AEAD, error) {
	keys := make(map[int64]cipher.AEAD, len(raw))
	for id, key := range raw {
		if key == nil {
			continue
		}
		c, err := newCipher(key)
		if err != nil {
			return nil, err
		}
		keys[id] = c
	}
	return keys, nil
}

// newestOf returns the greatest id, 0 if there is none.
func newestOf(raw map[int64][]byte) int64 {
	return slices.Max(append(slices.Collect(maps.Keys(raw)), 0))
}

// unreadableError is why something stored cannot be read, now or ever. It is a
// [connection.ErrUnreadable].
type unreadableError string

func (e unreadableError) Error() string { return string(e) }

// Is implements the interface that [errors.Is] looks for.
func (e unreadableError) Is(target error) bool { return target == connection.ErrUnreadable }

const (
	errUnknownKey = unreadableError("it is encrypted under a key that is not there any more")
	errNotSealed  = unreadableError("it was not encrypted for this row, or was changed since")
	errDamaged    = unreadableError("what is stored is damaged")
)

// unseal opens what was sealed under the key of that id.
func (s *Store) unseal(ctx context.Context, at place, id int64, sealed []byte) ([]byte, error) {
	key, ok := s.keys.key(id)
	if !ok {
		if err := s.loadKeys(ctx); err != nil {
			return nil, err
		}
		if key, ok = s.keys.key(id); !ok {
			return nil, errUnknownKey
		}
	}
	return openWith(key, at, sealed)
}

// openWith opens what was sealed for that place under a data key.
func openWith(key cipher.AEAD, at place, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, errNotSealed
	}
	secret, err := key.Open(nil, nil, sealed[1:], at.data())
	if err != nil {
		return nil, errNotSealed
	}
	return secret, nil
}

// writeSealed seals a secret and has write store it, if the key is still the
// newest one by then; otherwise it begins again. It returns what write reports:
// whether anything was changed.
func (s *Store) writeSealed(
	ctx context.Context, at place, secret []byte, write func(keyID int64, sealed []byte) (int64, error),
) (bool, error) {
	for {
		id, sealed, ok := s.keys.seal(at, secret)
		if !ok {
			return false, s.noNewestKey("store secret")
		}
		n, err := write(id, sealed)
		if err != nil && !s.kind.isMissingKey(err) {
			return false, s.failed(ctx, "store secret", at.name(), err)
		}
		if n > 0 {
			return true, nil
		}
		if err := s.loadKeys(ctx); err != nil {
			return false, err
		}
		if s.keys.newestID() == id {
			return false, nil
		}
	}
}

// noNewestKey returns the error of a store whose newest data key is damaged. Opening
// it anew makes another.
func (s *Store) noNewestKey(op string) error {
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: op, Name: s.name, Message: "its newest data key is damaged", Hint: "run postern keys rotate, which makes another",
	}
}

// loadKeys reads the keys anew. There may be none only if there were none before.
func (s *Store) loadKeys(ctx context.Context) error {
	s.keys.loading.Lock()
	defer s.keys.loading.Unlock()
	raw, err := s.readKeys(ctx, s.db)
	if err != nil {
		return err
	}
	if len(raw) == 0 && s.keys.newestID() > 0 {
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "read keys", Name: s.name, Message: "its data keys are gone",
			Hint: "restore the database from a backup",
		}
	}
	if err := s.keys.replace(raw); err != nil {
		return s.failed(ctx, "read keys", s.name, err)
	}
	return nil
}

// readKeys returns the data keys by id, nil for one whose row is damaged. It fails if
// the master key is not, or is no longer, that of the store, and so opens none.
func (s *Store) readKeys(ctx context.Context, from interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
},
) (map[int64][]byte, error) {
	const op = "read keys"
	rows, err := from.QueryContext(ctx, "SELECT id, wrapped FROM keys")
	if err != nil {
		return nil, s.failed(ctx, op, s.name, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told

	keys, opened := make(map[int64][]byte), 0
	for rows.Next() {
		var id int64
		var wrapped []byte
		if err := rows.Scan(&id, &wrapped); err != nil {
			return nil, s.failed(ctx, op, s.name, err)
		}
		key, err := s.keys.wrapper().Open(nil, nil, wrapped, wrappedAt(id))
		if err == nil {
			opened++
		}
		keys[id] = key // nil after an error
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, op, s.name, err)
	}
	if len(keys) > 0 && opened == 0 {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: s.name, Message: "the master key does not open this store",
			Hint: "use the key that it was made with, or that it was last given",
		}
	}
	return keys, nil
}

// changeKeys has change work on the keys while no other process may, and reads
// them again when it is done.
func (s *Store) changeKeys(ctx context.Context, op string, change func(tx *sql.Tx, keys map[int64][]byte) error) error {
	if err := s.opened(); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.failed(ctx, op, s.name, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit

	if s.kind.lockKeys != "" {
		if _, err := tx.ExecContext(ctx, s.kind.lockKeys); err != nil {
			return s.failed(ctx, op, s.name, err)
		}
	}
	keys, err := s.readKeys(ctx, tx)
	if err != nil {
		return err
	}
	if err := change(tx, keys); err != nil {
		return s.failed(ctx, op, s.name, err)
	}
	if err := tx.Commit(); err != nil {
		return s.failed(ctx, op, s.name, err)
	}
	return nil
}

// addKey makes a data key, which is the newest from then on. With onlyIfNone, it
// makes none if there is a newest one already.
func (s *Store) addKey(ctx context.Context, onlyIfNone bool) error {
	err := s.changeKeys(ctx, "add key", func(tx *sql.Tx, keys map[int64][]byte) error {
		newest := newestOf(keys)
		if onlyIfNone && keys[newest] != nil {
			return nil
		}
		id := newest + 1
		key := make([]byte, keySize)
		_, _ = rand.Read(key) // never fails
		wrapped := sealWith(s.keys.wrapper(), nil, key, wrappedAt(id))
		_, err := tx.ExecContext(ctx, s.query("INSERT INTO keys (id, wrapped, created) VALUES ($1, $2, {now})"), id, wrapped)
		return err
	})
	if err != nil {
		return err
	}
	return s.loadKeys(ctx)
}
