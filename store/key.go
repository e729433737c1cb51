package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// keySize is the size in bytes of master and data keys: AES-256.
const keySize = 32

const makeKey = "make a key with: openssl rand -base64 32"

// ErrInvalidKey is the reason of an error of [ParseKey], [Open] or [Store.RotateMasterKey]
// whose master key is missing or not one.
var ErrInvalidKey = errors.New("invalid master key")

// ParseKey reads a master key of 32 bytes, in base64, with either alphabet and with or
// without padding, or as 64 hexadecimal digits. White space around it is ignored. The error has the
// reason [ErrInvalidKey].
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	var key []byte
	var err error
	if len(text) == hex.EncodedLen(keySize) {
		key, err = hex.DecodeString(text)
	} else {
		standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		key, err = base64.RawStdEncoding.Strict().DecodeString(standard)
	}
	if err != nil || len(key) != keySize {
		// The text is a secret.
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "parse key", Message: "this is not 32 bytes in base64 or hex", Hint: makeKey, Reason: ErrInvalidKey,
		}
	}
	return key, nil
}

// newMaster returns the cipher that wraps data keys: AES-256-GCM under a key derived
// from the master key by HKDF, RFC 5869.
func newMaster(key []byte) (cipher.AEAD, error) {
	if len(key) != keySize {
		message := fmt.Sprintf("the master key has %d bytes, not %d", len(key), keySize)
		if len(key) == 0 {
			message = "the master key is missing"
		}
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: database.OpOpen, Message: message, Hint: makeKey, Reason: ErrInvalidKey}
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "postern store: wrap data keys", keySize)
	if err != nil {
		return nil, database.BadConfig("", err.Error(), "")
	}
	return newCipher(derived)
}

// newCipher returns AES-256-GCM with a random nonce before every ciphertext. One key
// may encrypt 2^32 messages, NIST SP 800-38D §8.3.
func newCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealWith appends an encrypted secret to prefix. It can be decrypted only with the
// same associated data.
func sealWith(c cipher.AEAD, prefix, secret, data []byte) []byte {
	return c.Seal(prefix, nil, secret, data) //nolint:gosec // the cipher generates the nonce
}

// wrappedAt is the associated data of a wrapped data key.
func wrappedAt(id int64) []byte {
	return fmt.Appendf(nil, "postern key %d", id)
}

// sealVersion is the first byte of an encrypted secret.
const sealVersion = 1

// location identifies the row and column of a secret. As associated data, it prevents
// decryption anywhere else.
type location struct {
	table, namespace, connection, account, column string
	generation                                    int64
	settings                                      string // of the same row; bound to the secret too
}

// data encodes the location as associated data. Quotes separate the parts. Secrets of the
// default namespace are from a time when there was no other.
func (l location) data() []byte {
	data := fmt.Appendf(nil, "postern %q %q %q %q %d %q", l.table, l.connection, l.account, l.column, l.generation, l.settings)
	if l.namespace != "" {
		data = fmt.Appendf(data, " %q", l.namespace)
	}
	return data
}

// name returns connection#account, as in errors.
func (l location) name() string {
	if l.account == "" {
		return l.connection
	}
	return l.connection + "#" + l.account
}
