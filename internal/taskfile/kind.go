package taskfile

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/postern-dev/postern/internal/input"
)

// Kind is what a file is, as far as name and content tell.
type Kind int

// The kinds of files.
const (
	KindOther       Kind = iota
	KindScript           // JavaScript or WebAssembly
	KindTask             // a task file
	KindAddon            // the definition of an add-on
	KindConnections      // an oauth.toml
	KindServer           // a server.toml
)

// scriptExtensions returns the extensions of scripts.
func scriptExtensions() []string { return []string{"js", "wasm"} }

// Extensions returns the extensions of what can be run.
func Extensions() []string { return append(scriptExtensions(), "toml", "xml") }

// Extension returns that of path, in lower case and without the dot.
func Extension(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

// KindOf tells a file by its extension, and one in TOML or XML by its content: a
// broken one as well, since that decides whether its lines may be shown.
func KindOf(path string, content []byte) Kind {
	switch ext := Extension(path); {
	case slices.Contains(scriptExtensions(), ext):
		return KindScript
	case ext == "xml" && bytes.Contains(withoutNUL(content), []byte("<service-task-definition")):
		return KindAddon
	case ext != "toml":
		return KindOther
	}
	has := func(pattern string) bool { return regexp.MustCompile(`(?m)^[ \t]*` + pattern).Match(content) }
	switch {
	case has(`\[+[ \t]*["']?(connections|egress|store)\b`) || has(`["']?(connections|egress|store)["']?[ \t]*(\.|=[ \t]*\{)`):
		return KindConnections
	case has(`["']?script["']?[ \t]*=`) || has(`\[[ \t]*["']?request\b`) || has(`["']?request["']?[ \t]*(\.|=[ \t]*\{)`):
		return KindTask
	case strings.EqualFold(filepath.Base(path), "server.toml") || has(`["']?(listen|log_level|log_format|trusted_proxies|isolation)["']?[ \t]*=`) ||
		has(`\[[ \t]*["']?(runs|api_clients)\b`):
		return KindServer
	}
	return KindOther
}

// withoutNUL returns content without bytes that are 0. Of ASCII in UTF-16, which is
// reported where the file is read, that leaves the ASCII.
func withoutNUL(content []byte) []byte {
	return bytes.ReplaceAll(content, []byte{0}, nil)
}

// TestExtension is how the name of a file ends that holds the tests of a script.
const TestExtension = ".test.js"

// IsTest reports whether the file at path holds the tests of a script.
func IsTest(path string) bool {
	return strings.HasSuffix(strings.ToLower(path), TestExtension)
}

// IsAddon reports whether the file at path looks like an add-on. One that cannot
// be read does: reading it again tells why.
func IsAddon(path string) bool {
	content, err := input.ReadText(path)
	return err != nil || KindOf(path, content) == KindAddon
}
