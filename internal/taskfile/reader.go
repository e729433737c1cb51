package taskfile

import (
	"bytes"
	"path/filepath"
	"slices"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Reader reads tasks.
type Reader struct {
	// Ceiling bounds the limits that a task sets.
	Ceiling hostapi.Limits

	// Show is told each text whose lines an error may show, and what errors call it.
	// It is called before anything in the text can be found wrong, and never with a
	// text that may hold secrets. Nil: nothing is.
	Show func(file string, source []byte)

	// Warn is told what is doubtful about an add-on. Nil: nothing is.
	Warn func(text string)

	// ReadScript returns the content of the script that a task file names, by the path of
	// the task file's folder and that name. Nil: it is read from the file system.
	ReadScript func(path string) ([]byte, error)
}

// Read reads the task at path.
func (r *Reader) Read(path string) (*Task, error) {
	content, err := input.ReadText(path)
	if err != nil {
		return nil, err
	}
	if IsTest(path) {
		return nil, notATask(path, "it holds tests: postern test "+path)
	}
	return r.Parse(path, content, KindOf(path, content))
}

// Parse is [Reader.Read] for a file that has been read and is of that kind.
func (r *Reader) Parse(path string, content []byte, kind Kind) (*Task, error) {
	if kind != KindScript {
		if err := CheckText(path, content); err != nil {
			return nil, err
		}
	}
	var t *Task
	var err error
	switch kind {
	case KindScript:
		t = &Task{Script: path, Source: content, Plain: true}
	case KindTask:
		if !mayHoldSecrets(content) {
			r.show(path, content)
		}
		if t, err = parseTask(path, content, r.Ceiling); err != nil {
			return nil, err
		}
		if err = t.readScript(r.ReadScript); err != nil {
			return nil, err
		}
	case KindAddon:
		return r.parseAddon(path, content)
	case KindConnections:
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: path, Message: "not a task", Hint: "it is an oauth.toml", Reason: ErrConnections}
	case KindServer:
		return nil, notATask(path, "it has settings of the server: postern serve --config "+path)
	case KindOther:
		switch Extension(path) {
		case "xml":
			return r.parseAddon(path, content) // which tells what is wrong
		case "toml":
			if misspelt(path, content) {
				return r.Parse(path, content, KindTask) // which tells where
			}
			if doc, _ := stricttoml.Parse(path, content, true); doc.Err() != nil {
				return nil, doc.Err()
			}
			return nil, notATask(path, `a task file names its script: script = "name.js"`)
		}
		return nil, notATask(path, "a task is a .js or .wasm file, a task file .toml or an add-on .xml")
	}
	isModule := bytes.HasPrefix(t.Source, []byte("\x00asm"))
	switch {
	case !isModule && Extension(t.Script) == "wasm":
		return nil, &hostapi.Error{Code: hostapi.CodeScript, Message: "not a WebAssembly module", File: t.Script}
	case !isModule:
		r.show(t.Script, t.Source)
	}
	return t, nil
}

// parseAddon reads an add-on as a task.
func (r *Reader) parseAddon(path string, content []byte) (*Task, error) {
	r.show(path, content)
	definition, err := addon.Parse(path, content)
	if err != nil {
		return nil, err
	}
	for _, warning := range definition.Warnings {
		r.warn(warning)
	}
	return &Task{Script: path, Definition: definition, Items: []hostapi.Item{}}, nil
}

func (r *Reader) show(file string, source []byte) {
	if r.Show != nil {
		r.Show(file, source)
	}
}

func (r *Reader) warn(text string) {
	if r.Warn != nil {
		r.Warn(text)
	}
}

// mayHoldSecrets reports whether a task file looks like an oauth.toml
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

func notATask(path, hint string) error { return configError(path, "not a task", hint) }

// misspelt reports whether a file is a task file but for the name of the key
// script.
func misspelt(path string, content []byte) bool {
	_, top := stricttoml.Parse(path, content, true)
	for _, key := range top.Keys() {
		if near := nearest.Names(key, taskKeys()); slices.Contains(near, "script") || slices.Contains(near, "request") {
			return true
		}
	}
	return false
}

// ScriptOf returns the path of the script that a task file names, as [Reader.ReadScript]
// gets it; "" if it names none. The file may have mistakes.
func ScriptOf(path string, content []byte) string {
	_, top := stricttoml.Parse(path, content, true)
	if script := top.Text("script"); script != "" && !filepath.IsAbs(script) {
		return filepath.Join(filepath.Dir(path), filepath.FromSlash(script))
	}
	return ""
}

// readScript reads the script that a task file names.
func (t *Task) readScript(read func(path string) ([]byte, error)) (err error) {
	fail := func(message, hint string) error {
		e := t.scriptAt
		e.Code, e.Name, e.Message, e.Hint = hostapi.CodeConfig, "script", t.Script+": "+message, hint
		return &e
	}
	if t.Source != nil { // of [request]
		return nil
	}
	if read == nil {
		read = input.ReadText
	}
	if t.Source, err = read(t.Script); err != nil {
		return fail(explanation(err))
	}
	if KindOf(t.Script, t.Source) != KindScript {
		return fail("not a script", "the script of a task is a .js or .wasm file")
	}
	return nil
}

// CheckText refuses the content of a file that is read as text and is not UTF-8: what
// is not would be read as \ufffd, without a word.
func CheckText(file string, content []byte) error {
	problem, line, column := charset.NotUTF8(content)
	if problem == "" {
		return nil
	}
	return &hostapi.Error{Code: hostapi.CodeConfig, Message: problem, File: file, Line: line, Column: column}
}
