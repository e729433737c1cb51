package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// task is what a task file says, or a script or add-on alone.
type task struct {
	script   string        // file name; of an add-on its own
	scriptAt hostapi.Error // its place, where a file names it
	source   []byte

	items         []hostapi.Item // nil: not declared, any name may be used
	data          map[string]any
	settings      map[string]hostapi.Setting
	process       *hostapi.Process
	connections   []string
	connectionsAt hostapi.Error // its place, where a file lists them
	allow         []hostapi.Rule
	limits        hostapi.Limits

	plain      bool              // a script alone
	definition *addon.Definition // of an add-on
}

// kind is what a file is, as far as this command can tell.
type kind int

const (
	kindOther kind = iota
	kindScript
	kindTask
	kindAddon
	kindConnections
)

// scriptExtensions returns the extensions of scripts.
func scriptExtensions() []string { return []string{"js", "wasm"} }

// taskExtensions returns the extensions of what can be run.
func taskExtensions() []string { return append(scriptExtensions(), "toml", "xml") }

// extension returns that of path, in lower case and without the dot.
func extension(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

// kindOf tells a file by its extension, and one in TOML or XML by its content: a
// broken one as well, since that decides whether its lines may be shown.
func kindOf(path string, content []byte) kind {
	switch ext := extension(path); {
	case slices.Contains(scriptExtensions(), ext):
		return kindScript
	case ext == "xml" && bytes.Contains(content, []byte("<service-task-definition")):
		return kindAddon
	case ext != "toml":
		return kindOther
	}
	has := func(pattern string) bool { return regexp.MustCompile(`(?m)^[ \t]*` + pattern).Match(content) }
	switch {
	case has(`\[+[ \t]*["']?(connections|egress|store)\b`) || has(`["']?(connections|egress|store)["']?[ \t]*(\.|=[ \t]*\{)`):
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
	if isTestFile(path) {
		return nil, notATask(path, "it holds tests: postern test "+path)
	}
	return a.parse(path, content, kindOf(path, content), ceiling)
}

// parse is loadTask for a file that has been read.
func (a *app) parse(path string, content []byte, kind kind, ceiling hostapi.Limits) (*task, error) {
	if kind != kindScript {
		if err := checkText(path, content); err != nil {
			return nil, err
		}
	}
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
		if err = t.readScript(); err != nil {
			return nil, err
		}
	case kindAddon:
		return a.parseAddon(path, content)
	case kindConnections:
		return nil, notATask(path, "it is a file of connections: name it with --connections")
	case kindOther:
		switch extension(path) {
		case "xml":
			return a.parseAddon(path, content) // which tells what is wrong
		case "toml":
			if misspelt(path, content) {
				return a.parse(path, content, kindTask, ceiling) // which tells where
			}
			return nil, notATask(path, `a task file names its script: script = "name.js"`)
		}
		return nil, notATask(path, "a task is a .js or .wasm file, a task file .toml or an add-on .xml")
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

// mayHoldSecrets reports whether a task file looks like a file of connections
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

// misspelt reports whether a file is a task file but for the name of the key
// script.
func misspelt(path string, content []byte) bool {
	_, top := stricttoml.Parse(path, content, true)
	for _, key := range top.Keys() {
		if slices.Contains(nearest.Names(key, taskKeys()), "script") {
			return true
		}
	}
	return false
}

// readScript reads the script that a task file names.
func (t *task) readScript() (err error) {
	fail := func(message, hint string) error {
		e := t.scriptAt
		e.Code, e.Name, e.Message, e.Hint = hostapi.CodeConfig, "script", t.script+": "+message, hint
		return &e
	}
	if t.source, err = readFile(t.script); err != nil {
		return fail(explanation(err))
	}
	if kindOf(t.script, t.source) != kindScript {
		return fail("not a script", "the script of a task is a .js or .wasm file")
	}
	return nil
}

// readFile returns the content of a file without the byte order mark that some
// editors put there.
func readFile(path string) ([]byte, error) {
	content, err := readRaw(path)
	return bytes.TrimPrefix(content, []byte("\ufeff")), err
}

// checkText refuses the content of a file that is read as text and is not UTF-8: what
// is not would be read as \ufffd, without a word.
func checkText(file string, content []byte) error {
	problem, line, column := charset.NotUTF8(content)
	if problem == "" {
		return nil
	}
	return &hostapi.Error{Code: hostapi.CodeConfig, Message: problem, File: file, Line: line, Column: column}
}

// maxInput bounds a file that is named on the command line, and what comes from
// stdin: a task is given no data item that is larger.
const maxInput = 64 << 20

// readRaw returns the content of a regular file: opening a pipe would wait for its
// writer. What is in /dev, such as /dev/stdin, is there already.
func readRaw(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !strings.HasPrefix(path, "/dev/") {
		return nil, usageError("read "+path, "not a regular file", "")
	}
	content, err := input.Read(path, maxInput)
	if err != nil {
		return nil, usageError("read "+path, reason(err), "")
	}
	return content, nil
}
