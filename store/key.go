package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// keySize is the size in bytes of master and data keys: AES-256.
const keySize = 32

const makeKey = "make a key with: openssl rand -base64 32"

// ParseKey reads a master key of 32 bytes, written in base64, with either
// alphabet and with or without padding, or in 64 hexadecimal digits. Space around
// it does not count.
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
		// The text must not be repeated.
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "parse key", Message: "this is not 32 bytes in base64 or hex", Hint: makeKey,
		}
	}
	return key, nil
}

// newMaster returns the cipher that wraps data keys under the master key.
func newMaster(key []byte) (cipher.AEAD, error) {
	if len(key) != keySize {
		message := fmt.Sprintf("the master key has %d bytes, not %d", len(key), keySize)
		if len(key) == 0 {
			message = "the master key is missing"
		}
		return nil, badConfig("", message, makeKey)
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "postern store: wrap data keys", keySize)
	if err != nil {
		return nil, badConfig("", err.Error(), "")
	}
	return newCipher(derived)
}

// newCipher returns AES-256-GCM with a random nonce before every ciphertext. Under
// one key it is good for 2^32 messages, NIST SP 800-38D §8.3.
func newCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealWith appends to prefix what the cipher makes of a secret. It opens with the
// same data only.
func sealWith(c cipher.AEAD, prefix, secret, data []byte) []byte {
	return c.Seal(prefix, nil, secret, data) //nolint:gosec // the cipher makes the nonce
}

// wrappedAt is the associated data of a wrapped data key.
func wrappedAt(id int64) []byte {
	return fmt.Appendf(nil, "postern key %d", id)
}

// sealVersion is the first byte of what is sealed.
const sealVersion = 1

// place is where a secret is kept. It opens nowhere else.
type place struct {
	table, connection, account, column string
	generation                         int64
	settings                           string // kept beside it; it does not open beside others
}

// data returns the place as associated data. Quotes keep the parts apart.
func (p place) data() []byte {
	return fmt.Appendf(nil, "postern %q %q %q %q %d %q", p.table, p.connection, p.account, p.column, p.generation, p.settings)
}

// name returns the connection as people write it.
func (p place) name() string {
	if p.account == "" {
		return p.connection
	}
	return p.connection + "#" + p.account
}
