package cli

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// task is what a task file says, or a script alone.
type task struct {
	script string // file name
	source []byte

	items         map[string]hostapi.ItemType // nil: not declared, any name may be used
	data          map[string]any
	connections   []string
	connectionsAt hostapi.Error // its place, where a file lists them
	allow         []hostapi.Rule
	limits        hostapi.Limits

	plain bool // a script alone
}

// kind is what a file is, as far as this command can tell.
type kind int

const (
	kindOther kind = iota
	kindScript
	kindTask
	kindConnections
)

// scriptExtensions returns the extensions of scripts.
func scriptExtensions() []string { return []string{"js", "wasm"} }

// taskExtensions returns the extensions of what can be run.
func taskExtensions() []string { return append(scriptExtensions(), "toml") }

// extension returns that of path, in lower case and without the dot.
func extension(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

// kindOf tells a file by its extension, and one in TOML by its content: a
// broken one as well, since that decides whether its lines may be shown.
func kindOf(path string, content []byte) kind {
	switch ext := extension(path); {
	case slices.Contains(scriptExtensions(), ext):
		return kindScript
	case ext != "toml":
		return kindOther
	}
	has := func(pattern string) bool { return regexp.MustCompile(`(?m)^[ \t]*` + pattern).Match(content) }
	switch {
	case has(`\[+[ \t]*["']?(connections|egress)\b`) || has(`["']?(connections|egress)["']?[ \t]*(\.|=[ \t]*\{)`):
		return kindConnections
	case has(`["']?script["']?[ \t]*=`):
		return kindTask
	}
	return kindOther
}

// loadTask reads the task at path. The limits it sets are at most those of
// ceiling.
func (a *app) loadTask(path string, ceiling hostapi.Limits) (*task, error) {
	content, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return a.parse(path, content, kindOf(path, content), ceiling)
}

// parse is loadTask for a file that has been read.
func (a *app) parse(path string, content []byte, kind kind, ceiling hostapi.Limits) (*task, error) {
	var t *task
	var err error
	switch kind {
	case kindScript:
		t = &task{script: path, source: content, plain: true}
	case kindTask:
		if !mayHoldSecrets(content) {
			a.out.mayShow(path, content)
		}
		if t, err = parseTask(path, content, ceiling); err != nil {
			return nil, err
		}
		if t.source, err = readFile(t.script); err != nil {
			return nil, err
		}
		if kindOf(t.script, t.source) != kindScript {
			return nil, notATask(t.script, "the script of a task is a .js or .wasm file")
		}
	case kindConnections:
		return nil, notATask(path, "it is a file of connections: name it with --connections")
	case kindOther:
		if extension(path) == "toml" {
			return nil, notATask(path, `a task file names its script: script = "name.js"`)
		}
		return nil, notATask(path, "a task is a .js or .wasm file, or a task file .toml")
	}
	isModule := bytes.HasPrefix(t.source, []byte("\x00asm"))
	switch {
	case !isModule && extension(t.script) == "wasm":
		return nil, &hostapi.Error{Code: hostapi.CodeScript, Message: "not a WebAssembly module", File: t.script}
	case !isModule:
		a.out.mayShow(t.script, t.source)
	}
	return t, nil
}

// mayHoldSecrets reports whether a task file looks like somebody's connections
// as well, whose lines are never shown.
func mayHoldSecrets(content []byte) bool {
	lower := bytes.ToLower(content)
	for _, word := range []string{"[connections", "secret", "password", "token"} {
		for line := range bytes.Lines(lower) {
			if line, _, _ := bytes.Cut(line, []byte("#")); bytes.Contains(line, []byte(word)) && !bytes.HasPrefix(line, []byte("script")) {
				return true
			}
		}
	}
	return false
}

func notATask(path, hint string) error { return usageError(path, "not a task", hint) }

func readFile(path string) ([]byte, error) {
	content, err := os.ReadFile(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, usageError("read "+path, reason(err), "")
	}
	return content, nil
}

// declared returns the data items that the task declares, by name; nil if it
// declares none.
func (t *task) declared() []hostapi.Item {
	if t.items == nil {
		return nil
	}
	items := []hostapi.Item{}
	for _, name := range slices.Sorted(maps.Keys(t.items)) {
		items = append(items, hostapi.Item{VarName: name, Type: t.items[name]})
	}
	return items
}
