package store

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// keyring has the data keys that the database had when it was last asked. Another
// process may have added and dropped some since.
type keyring struct {
	loading sync.Mutex // one reads the database at a time: what was read last is the latest

	mu     sync.RWMutex
	master cipher.AEAD
	keys   map[int64]cipher.AEAD // by id
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

// seal seals a secret under the newest key.
func (k *keyring) seal(at place, secret []byte) (id int64, sealed []byte) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.newest, sealWith(k.keys[k.newest], []byte{sealVersion}, secret, at.data())
}

// replace takes the keys of the database for those known before.
func (k *keyring) replace(raw map[int64][]byte) error {
	keys := make(map[int64]cipher.AEAD, len(raw))
	for id, key := range raw {
		c, err := newCipher(key)
		if err != nil {
			return err
		}
		keys[id] = c
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.newest = keys, newestOf(raw)
	return nil
}

// newestOf returns the greatest id, 0 if there is none.
func newestOf(raw map[int64][]byte) int64 {
	return slices.Max(append(slices.Collect(maps.Keys(raw)), 0))
}

var (
	errUnknownKey = errors.New("it is sealed under a key that is not there any more")
	errNotSealed  = errors.New("it was not sealed for this place, or was changed since")
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
		id, sealed := s.keys.seal(at, secret)
		n, err := write(id, sealed)
		if err != nil {
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

// readKeys returns the data keys. It fails if the master key is not, or is no
// longer, that of the store.
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

	keys := make(map[int64][]byte)
	for rows.Next() {
		var id int64
		var wrapped []byte
		if err := rows.Scan(&id, &wrapped); err != nil {
			return nil, s.failed(ctx, op, s.name, err)
		}
		key, err := s.keys.wrapper().Open(nil, nil, wrapped, wrappedAt(id))
		if err != nil {
			return nil, &hostapi.Error{
				Code: hostapi.CodeConfig, Op: op, Name: s.name, Message: "the master key does not open this store",
				Hint: "use the key that it was made with, or that it was last given",
			}
		}
		keys[id] = key
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, op, s.name, err)
	}
	return keys, nil
}

// changeKeys has change work on the keys while no other process may, and reads
// them again when it is done.
func (s *Store) changeKeys(ctx context.Context, op string, change func(tx *sql.Tx, keys map[int64][]byte) error) error {
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

// addKey makes a data key, which is the newest from then on. With first, it makes
// none if there is one already.
func (s *Store) addKey(ctx context.Context, first bool) error {
	err := s.changeKeys(ctx, "add key", func(tx *sql.Tx, keys map[int64][]byte) error {
		if first && len(keys) > 0 {
			return nil
		}
		id := newestOf(keys) + 1
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
