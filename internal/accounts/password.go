package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password, of https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html.
const (
	argonTime    = 2
	argonMemory  = 19 << 10 // KiB; see Config.PasswordMemory
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16

	hashers = 2 // at once, of 19 MiB each
)

// The length of a password, NIST SP 800-63B §5.1.1.2.
const (
	minPassword = 12  // characters
	maxPassword = 256 // bytes
)

// checkPassword refuses a password that is too short or too long.
func checkPassword(op, password string) error {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return refused(op, "", nil, fmt.Sprintf("the password has fewer than %d characters", minPassword), "a few words in a row are easy to remember")
	case len(password) > maxPassword:
		return refused(op, "", nil, fmt.Sprintf("the password has more than %d bytes", maxPassword), "")
	}
	return nil
}

// hash returns the PHC string of a password,
// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	key, err := a.derive(ctx, password, salt, argonTime, a.memory, argonThreads)
	if err != nil {
		return "", err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.memory, argonTime, argonThreads, encode(salt), encode(key)), nil
}

// verify reports whether a password is that of a PHC string. It takes as long if the
// string is empty.
func (a *Accounts) verify(ctx context.Context, password, phc string) (bool, error) {
	var version int
	var memory, time uint32
	var threads uint8
	var encoded string
	salt, want := make([]byte, argonSalt), make([]byte, argonKey)
	_, err := fmt.Sscanf(phc, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &memory, &time, &threads, &encoded)
	known := err == nil && version == argon2.Version
	if known {
		salt, want, known = splitHash(encoded)
	}
	if !known {
		memory, time, threads = a.memory, argonTime, argonThreads
	}
	key, err := a.derive(ctx, password, salt, time, memory, threads)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, want) == 1 && known, nil
}

// derive waits for its turn: each derivation takes 19 MiB.
func (a *Accounts) derive(ctx context.Context, password string, salt []byte, time, memory uint32, threads uint8) ([]byte, error) {
	select {
	case a.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-a.hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, threads, argonKey), nil
}

// splitHash decodes the salt and the key of a PHC string.
func splitHash(encoded string) (salt, key []byte, ok bool) {
	first, second, _ := strings.Cut(encoded, "$")
	salt, err := base64.RawStdEncoding.DecodeString(first)
	if err != nil {
		return nil, nil, false
	}
	key, err = base64.RawStdEncoding.DecodeString(second)
	return salt, key, err == nil && len(key) == argonKey
}
