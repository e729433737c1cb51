package hostapi

import "strings"

// SealedPrefix begins every stand-in for a sealed token. 22 characters of base64url
// follow, so neither URL encoding nor JSON changes a stand-in. A stand-in has no value
// outside the process that made it: it is replaced by the token only in a request to
// one of the hosts of its connection, by a task that was granted the connection.
const SealedPrefix = "postern_sealed_"

// sealedLength is the length of every stand-in: 22 characters encode 16 bytes.
const sealedLength = len(SealedPrefix) + 22

// IsSealed reports whether text is a stand-in, see [SealedPrefix], of this process or of
// another.
func IsSealed(text string) bool {
	if len(text) != sealedLength || !strings.HasPrefix(text, SealedPrefix) {
		return false
	}
	for i := len(SealedPrefix); i < sealedLength; i++ {
		if c := text[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return strings.IndexByte("AQgw", text[sealedLength-1]) >= 0 // it encodes two bits
}

// HasSealed reports whether a stand-in is in text. What signs or hashes text, as the host
// functions of a program may, should refuse it then: the result would not be that of the
// token.
func HasSealed(text string) bool {
	for {
		i := strings.Index(text, SealedPrefix)
		if i < 0 || len(text)-i < sealedLength {
			return false
		}
		if text = text[i:]; IsSealed(text[:sealedLength]) {
			return true
		}
		text = text[len(SealedPrefix):]
	}
}
