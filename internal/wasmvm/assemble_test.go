package wasmvm

import (
	"encoding/binary"
	"strings"
)

// Parts of modules in the binary format, for those that are too long, or too
// invalid, to be written as text.

func uleb(n int) string { return string(binary.AppendUvarint(nil, uint64(n))) }

func sized(content string) string { return uleb(len(content)) + content }

func vector(items ...string) string { return uleb(len(items)) + strings.Join(items, "") }

func section(id byte, content string) string { return string(id) + sized(content) }
