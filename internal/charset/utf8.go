package charset

import (
	"bytes"
	"unicode/utf8"
)

// NotUTF8 returns why content is not UTF-8 text, with the line and the column of the
// first invalid byte; "" if it is UTF-8. Both count from 1; the column counts
// characters. A leading byte order mark of UTF-8 is not part of the text.
func NotUTF8(content []byte) (problem string, line, column int) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")), looksLikeUTF16(content):
		return "the text is encoded in UTF-16; save it in UTF-8", 1, 1
	case utf8.Valid(content):
		return "", 0, 0
	}
	good := content
	for i := 0; i < len(content); {
		r, size := utf8.DecodeRune(content[i:])
		if r == utf8.RuneError && size == 1 {
			good = content[:i]
			break
		}
		i += size
	}
	return "the text is not UTF-8; save it in UTF-8", 1 + bytes.Count(good, []byte("\n")), 1 + utf8.RuneCount(good[bytes.LastIndexByte(good, '\n')+1:])
}

// looksLikeUTF16 reports whether every other of the first bytes is zero, as in ASCII
// text that is encoded in UTF-16 without a byte order mark.
func looksLikeUTF16(content []byte) bool {
	const enough = 4
	if len(content) < enough {
		return false
	}
	return content[0] == 0 && content[2] == 0 && content[1] != 0 && content[3] != 0 ||
		content[1] == 0 && content[3] == 0 && content[0] != 0 && content[2] != 0
}
