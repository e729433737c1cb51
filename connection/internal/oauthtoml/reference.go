package oauthtoml

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/limit"
)

// maxSecretFile bounds a file with a secret, in bytes.
const maxSecretFile = 64 << 10

// Problem is a mistake in the value of a key, and how to fix it.
type Problem struct{ Message, Hint string }

const hintCreate = "create it with mode 0600"

// isReference reports whether text refers to a secret.
func isReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:") || strings.HasPrefix(text, givenPrefix)
}

// Given is a secret that does not come from a file: its value, or a reference to it.
type Given struct {
	Value secret.Text
	Ref   string
}

// givenPrefix begins the placeholder of a [Given] secret. No file can contain it, since
// TOML allows no NUL.
const givenPrefix = "\x00"

// GivenText returns the placeholder of secrets[i] of [New].
func GivenText(i int) string { return givenPrefix + strconv.Itoa(i) }

// fromGiven returns the secret with that number, the rest of its placeholder.
func (o Options) fromGiven(number string) (secret.Text, *unresolved) {
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(o.given) {
		return nil, &unresolved{Problem: Problem{"is empty", ""}}
	}
	switch g := o.given[i]; {
	case g.Ref != "":
		return o.resolve(g.Ref, false)
	case g.Value == nil:
		return nil, &unresolved{Problem: Problem{"is empty", "give its value, or a reference to it"}}
	case o.SkipSecrets:
		return nil, nil
	default:
		return g.Value, nil
	}
}

// unresolved says why there is no secret.
type unresolved struct {
	Problem
	err error // of a function of the host; nil: none
}

// within returns the options with ctx for the function of the host.
func (o Options) within(ctx context.Context) Options {
	if lookup := o.LookupSecret; lookup != nil {
		o.lookup = func(ref string) (text string, err error) {
			defer callback.Recover("secret", "LookupSecret of the ParseOptions", &err)
			return lookup(ctx, ref)
		}
	}
	return o
}

// resolve returns the secret that a value refers to; nil if secrets are skipped. No
// problem repeats the value unless it is a reference.
func (o Options) resolve(value string, plaintext bool) (secret.Text, *unresolved) {
	if name, ok := strings.CutPrefix(value, "env:"); ok {
		return o.fromEnv(name)
	}
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		s, p := o.fromFile(path)
		if p != nil {
			return nil, &unresolved{Problem: *p}
		}
		return s, nil
	}
	if number, ok := strings.CutPrefix(value, givenPrefix); ok {
		return o.fromGiven(number)
	}
	switch {
	case value == "":
		return nil, &unresolved{Problem: Problem{"is empty", "write env:NAME or file:PATH"}}
	case plaintext:
		return secret.New(value), nil
	case o.lookup != nil && o.SkipSecrets:
		return nil, nil
	case o.lookup != nil:
		s, err := o.lookup(value)
		if err != nil || s == "" {
			return nil, &unresolved{Problem{"the host has no secret for this reference", "write env:NAME or file:PATH, or a reference the host knows"}, err}
		}
		return secret.New(s), nil
	}
	return nil, &unresolved{Problem: Problem{
		"is a secret in plaintext", "write env:NAME or file:PATH; for a value that is not a secret, add allow_plaintext = true",
	}}
}

// failResolve records a mistake at a key whose secret could not be resolved. The error of
// the host is found by errors.Is, and its text is omitted: it might repeat the value, and
// the value might be the secret itself.
func (t *table) failResolve(key string, p *unresolved) {
	if t.doc.err != nil {
		return
	}
	t.fail(key, p.Problem)
	if p.err == nil {
		return
	}
	out := t.doc.err
	out.Cause = limit.Quiet(p.err)
	if e, ok := errors.AsType[*hostapi.Error](p.err); ok {
		out.Code, out.Transient, out.RetryAfter = e.Code, e.Transient, e.RetryAfter
		if _, panicked := errors.AsType[*hostapi.PanicError](e); panicked {
			out.Message, out.Hint = e.Message, e.Hint
		}
	} else if errors.Is(p.err, context.Canceled) || errors.Is(p.err, context.DeadlineExceeded) {
		out.Code, out.Message, out.Hint = hostapi.CodeOf(p.err), "gave up waiting for the host's secret", ""
	}
}

func (o Options) fromEnv(name string) (secret.Text, *unresolved) {
	if !isEnvName(name) {
		return nil, &unresolved{Problem: Problem{"what follows env: is not the name of an environment variable", "write env:NAME, of letters, digits and _"}}
	}
	if o.SkipSecrets {
		return nil, nil
	}
	if o.LookupEnv == nil {
		return nil, &unresolved{Problem: Problem{"environment variables cannot be read here", "write file:PATH"}}
	}
	value, ok, err := o.env(name)
	switch {
	case err != nil:
		return nil, &unresolved{Problem{"cannot be resolved", ""}, err}
	case !ok:
		return nil, &unresolved{Problem: Problem{"environment variable " + name + " is not set", "set " + name + " before starting"}}
	case value == "":
		return nil, &unresolved{Problem: Problem{"environment variable " + name + " is empty", "set " + name + " before starting"}}
	}
	return secret.New(value), nil
}

func (o Options) env(name string) (value string, ok bool, err error) {
	defer callback.Recover("secret", "LookupEnv of the ParseOptions", &err)
	value, ok = o.LookupEnv(name)
	return value, ok, nil
}

func isEnvName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

func (o Options) fromFile(path string) (secret.Text, *Problem) {
	if path == "" {
		return nil, &Problem{"names no file", "write file:PATH"}
	}
	if o.SkipSecrets {
		return nil, nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(o.Dir, path)
	}
	content, info, p := o.readRegular(path, maxSecretFile)
	switch {
	case p != nil:
		return nil, p
	case goruntime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, &Problem{
			fmt.Sprintf("%s can be read by others (mode %#o)", path, info.Mode().Perm()), "chmod 600 " + path,
		}
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if value == "" {
		return nil, &Problem{path + " is empty", ""}
	}
	return secret.New(value), nil
}

// readRegular returns the content of a regular file of at most that many bytes. Opening
// another type of file might block: a pipe waits for a writer.
func (o Options) readRegular(path string, most int64) ([]byte, fs.FileInfo, *Problem) {
	if o.NoFiles { // even whether a file exists would be information
		return nil, nil, &Problem{"files cannot be read here", "write a reference the host knows"}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, &Problem{"no such file: " + path, hintCreate}
	case err != nil:
		return nil, nil, &Problem{"cannot read " + path, "check who may read it"}
	case !info.Mode().IsRegular():
		return nil, nil, &Problem{path + " is not a regular file", ""}
	}
	content, err := input.Read(path, most)
	if e, ok := errors.AsType[input.TooLargeError](err); ok {
		return nil, nil, &Problem{path + " is too large: it " + e.Error(), ""}
	}
	if err != nil {
		return nil, nil, &Problem{"cannot read " + path, "check who may read it"}
	}
	return content, info, nil
}
