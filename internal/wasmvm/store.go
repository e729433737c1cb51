package wasmvm

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/postern-dev/postern/internal/atomicfile"
)

// store keeps machine code in a folder, for other processes of this user. Each file begins with
// the hash of the module, sealed together with the code, so that code which another program has
// put there is never run. Nothing about a store fails a task: code that cannot be found or kept
// is made again. A nil store keeps nothing.
type store struct {
	dir  string
	seal cipher.AEAD
}

// keyFile is the name of the file with the key, which its owner alone can read.
const keyFile = "key"

const keyBytes = 32

// openStore returns the store in a folder, or nil if the folder cannot be used.
func openStore(dir string) *store {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	key, err := readKey(filepath.Join(dir, keyFile))
	if err != nil {
		return nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil
	}
	return &store{dir: dir, seal: seal}
}

// readKey returns the key in a file, which is made if there is none. It must be a file of this
// user that no other user can read or write.
func readKey(path string) ([]byte, error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	if err := atomicfile.Create(path, key, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := os.Open(path) //nolint:gosec // in the folder of the caller
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() != keyBytes || !atomicfile.PrivateToUser(info)) {
		err = fs.ErrPermission
	}
	if err == nil {
		_, err = io.ReadFull(f, key)
	}
	return key, err
}

func (s *store) path(id [sha256.Size]byte) string {
	return filepath.Join(s.dir, hex.EncodeToString(id[:]))
}

// find returns the code of the module with that hash, or nil.
func (s *store) find(id [sha256.Size]byte) Code {
	if s == nil {
		return nil
	}
	content, err := os.ReadFile(s.path(id))
	sealed := sha256.Size + s.seal.Overhead()
	if err != nil || len(content) <= sealed {
		return nil
	}
	code := Code(content[sealed:])
	if of, err := s.seal.Open(nil, nil, content[:sealed], code); err != nil || !bytes.Equal(of, id[:]) {
		return nil
	}
	return code
}

// keep keeps the code of a module.
func (s *store) keep(id [sha256.Size]byte, c Code) {
	if s == nil {
		return
	}
	content := bytes.Join([][]byte{s.seal.Seal(nil, nil, id[:], c), c}, nil) //nolint:gosec // it makes the nonce
	_ = atomicfile.Write(s.path(id), content, 0o600)                         // or it is made again
}
