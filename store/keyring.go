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

// keyring caches the data keys of the database. Another process may have added and
// dropped some since they were read.
type keyring struct {
	loading sync.Mutex // one read of the database at a time, so that the last one is the latest

	mu     sync.RWMutex
	master cipher.AEAD
	keys   map[int64]cipher.AEAD // by ID; those with a damaged row are missing
	newest int64                 // ID of the key for encryption; 0: none yet
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

// seal encrypts a secret under the newest key. It reports false if there is none.
func (k *keyring) seal(at location, secret []byte) (id int64, sealed []byte, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key := k.keys[k.newest]
	if key == nil {
		return 0, nil, false
	}
	return k.newest, sealWith(key, []byte{sealVersion}, secret, at.data()), true
}

// replace replaces the cached keys by those of the database.
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

// ciphers returns the ciphers of data keys. It leaves out those that are nil.
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

// newestOf returns the greatest ID; 0 if there is none.
func newestOf(raw map[int64][]byte) int64 {
	return slices.Max(append(slices.Collect(maps.Keys(raw)), 0))
}

// unreadableError is the reason why stored data can never be read. It matches
// [connection.ErrUnreadable].
type unreadableError string

func (e unreadableError) Error() string { return string(e) }

// Is implements the interface of [errors.Is].
func (e unreadableError) Is(target error) bool { return target == connection.ErrUnreadable }

const (
	errUnknownKey = unreadableError("it is encrypted under a key that no longer exists")
	errNotSealed  = unreadableError("it was not encrypted for this row, or has been modified")
	errDamaged    = unreadableError("the stored data is damaged")
)

// unseal decrypts a secret that was encrypted under the key of that ID.
func (s *Store) unseal(ctx context.Context, at location, id int64, sealed []byte) ([]byte, error) {
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

// openWith decrypts the secret of a location with a data key.
func openWith(key cipher.AEAD, at location, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, errNotSealed
	}
	secret, err := key.Open(nil, nil, sealed[1:], at.data())
	if err != nil {
		return nil, errNotSealed
	}
	return secret, nil
}

// writeSealed encrypts a secret and calls write to store it, which must do so only if
// the key is still the newest one; otherwise it starts again. It reports whether write
// changed anything.
func (s *Store) writeSealed(
	ctx context.Context, at location, secret []byte, write func(keyID int64, sealed []byte) (int64, error),
) (bool, error) {
	for {
		id, sealed, ok := s.keys.seal(at, secret)
		if !ok {
			return false, s.noNewestKey("store secret")
		}
		n, err := write(id, sealed)
		if err != nil && !s.db.Dialect.IsForeignKeyViolation(err) {
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

// noNewestKey is the error of a store whose newest data key is damaged. Opening the
// store again creates another.
func (s *Store) noNewestKey(op string) error {
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: op, Name: s.db.Name, Message: "its newest data key is damaged", Hint: "run postern keys rotate, which makes another",
	}
}

// loadKeys reads the keys from the database. It is an error if they have disappeared.
func (s *Store) loadKeys(ctx context.Context) error {
	s.keys.loading.Lock()
	defer s.keys.loading.Unlock()
	raw, err := s.readKeys(ctx, s.db)
	if err != nil {
		return err
	}
	if len(raw) == 0 && s.keys.newestID() > 0 {
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "read keys", Name: s.db.Name, Message: "its data keys are missing",
			Hint: "restore the database from a backup",
		}
	}
	if err := s.keys.replace(raw); err != nil {
		return s.failed(ctx, "read keys", s.db.Name, err)
	}
	return nil
}

// readKeys returns the data keys by ID, nil for one with a damaged row. It fails if the
// master key is not, or no longer, that of the store, so that it unwraps none.
func (s *Store) readKeys(ctx context.Context, from interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
},
) (map[int64][]byte, error) {
	const op = "read keys"
	rows, err := from.QueryContext(ctx, s.query("SELECT id, wrapped FROM {keys}"))
	if err != nil {
		return nil, s.failed(ctx, op, s.db.Name, err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err

	keys, opened := make(map[int64][]byte), 0
	for rows.Next() {
		var id int64
		var wrapped []byte
		if err := rows.Scan(&id, &wrapped); err != nil {
			return nil, s.failed(ctx, op, s.db.Name, err)
		}
		key, err := s.keys.wrapper().Open(nil, nil, wrapped, wrappedAt(id))
		if err == nil {
			opened++
		}
		keys[id] = key // nil after an error
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, op, s.db.Name, err)
	}
	if len(keys) > 0 && opened == 0 {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: s.db.Name, Message: "the master key is not that of this store",
			Hint: "use the key that the store was created with, or was last changed to",
		}
	}
	return keys, nil
}

// changeKeys calls change in a transaction in which no other process can change the
// keys.
func (s *Store) changeKeys(ctx context.Context, op string, change func(tx *sql.Tx, keys map[int64][]byte) error) error {
	if err := s.opened(); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.failed(ctx, op, s.db.Name, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit

	// No other transaction may change the keys.
	if lock := s.postgresOnly("LOCK TABLE {keys} IN SHARE ROW EXCLUSIVE MODE"); lock != "" {
		if _, err := tx.ExecContext(ctx, lock); err != nil {
			return s.failed(ctx, op, s.db.Name, err)
		}
	}
	keys, err := s.readKeys(ctx, tx)
	if err != nil {
		return err
	}
	if err := change(tx, keys); err != nil {
		return s.failed(ctx, op, s.db.Name, err)
	}
	if err := tx.Commit(); err != nil {
		return s.failed(ctx, op, s.db.Name, err)
	}
	return nil
}

// addKey creates a data key, which becomes the newest. With onlyIfNone, it does so only
// if there is no newest key.
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
		_, err := tx.ExecContext(ctx, s.query("INSERT INTO {keys} (id, wrapped, created) VALUES ($1, $2, {now})"), id, wrapped)
		return err
	})
	if err != nil {
		return err
	}
	return s.loadKeys(ctx)
}
