package authserver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// The prefixes of what this package issues, by which scanners of source code recognize it.
const (
	clientSecretPrefix  = "postern_cs_" //nolint:gosec // no credential
	accessTokenPrefix   = "postern_at_"
	refreshTokenPrefix  = "postern_rt_" //nolint:gosec // no credential
	personalTokenPrefix = "postern_pat_"
)

// newSecret returns a prefix and 256 random bits.
func newSecret(prefix string) string {
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails
	return prefix + encode(secret)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// hashOf returns what is stored of a secret. A slow hash would make it no safer: 2^256 values
// cannot be tried.
func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// A refresh token is its prefix, the family, which all refresh tokens of a session begin
// with, and 256 random bits.
const (
	familyBytes  = 16
	familyLength = len(refreshTokenPrefix) + (familyBytes*8+5)/6
	tokenLength  = (sha256.Size*8 + 5) / 6
)

func newRefreshToken() string {
	family := make([]byte, familyBytes)
	_, _ = rand.Read(family) // never fails
	return newSecret(refreshTokenPrefix + encode(family))
}

// familyOf returns the family of a refresh token, "" if it has not the form of one.
func familyOf(token string) string {
	if !strings.HasPrefix(token, refreshTokenPrefix) || len(token) != familyLength+tokenLength {
		return ""
	}
	return token[:familyLength]
}

// successors returns the tokens that replace a refresh token. Only who has both the token
// and the seed, 256 random bits, can compute them.
func successors(refreshToken string, seed []byte) (access, refresh string) {
	derive := func(what string) string {
		mac := hmac.New(sha256.New, []byte(refreshToken))
		mac.Write(seed)
		mac.Write([]byte(what))
		return encode(mac.Sum(nil))
	}
	return accessTokenPrefix + derive("access"), familyOf(refreshToken) + derive("refresh")
}
