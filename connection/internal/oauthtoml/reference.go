package oauthtoml

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/internal/input"
)

// maxSecretFile bounds a file with a secret, in bytes.
const maxSecretFile = 64 << 10

// Problem is a mistake in the value of a key, and how to fix it.
type Problem struct{ Message, Hint string }

// isReference reports whether text refers to a secret.
func isReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}

// resolve returns the secret that a value refers to; nil if secrets are skipped. No
// problem repeats the value unless it is a reference.
func (o Options) resolve(value string, plaintext bool) (secret.Text, *Problem) {
	if name, ok := strings.CutPrefix(value, "env:"); ok {
		return o.fromEnv(name)
	}
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		return o.fromFile(path)
	}
	switch {
	case value == "":
		return nil, &Problem{"is empty", "write env:NAME or file:PATH"}
	case plaintext:
		return secret.New(value), nil
	case o.LookupSecret != nil && o.SkipSecrets:
		return nil, nil
	case o.LookupSecret != nil:
		s, err := o.LookupSecret(value)
		if err != nil || s == "" {
			// The host's error might repeat the value, and the value might be the secret itself.
			return nil, &Problem{"the host has no secret for this reference", "write env:NAME or file:PATH, or a reference the host knows"}
		}
		return secret.New(s), nil
	}
	return nil, &Problem{
		"is a secret in plaintext", "write env:NAME or file:PATH; for a value that is not a secret, add allow_plaintext = true",
	}
}

func (o Options) fromEnv(name string) (secret.Text, *Problem) {
	if !isEnvName(name) {
		return nil, &Problem{"what follows env: is not the name of an environment variable", "write env:NAME, of letters, digits and _"}
	}
	if o.SkipSecrets {
		return nil, nil
	}
	if o.LookupEnv == nil {
		return nil, &Problem{"environment variables cannot be read here", "write file:PATH"}
	}
	value, ok := o.LookupEnv(name)
	switch {
	case !ok:
		return nil, &Problem{"environment variable " + name + " is not set", "set " + name + " before starting"}
	case value == "":
		return nil, &Problem{"environment variable " + name + " is empty", "set " + name + " before starting"}
	}
	return secret.New(value), nil
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
	content, info, p := readRegular(path, maxSecretFile)
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
func readRegular(path string, most int64) ([]byte, fs.FileInfo, *Problem) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, &Problem{"no such file: " + path, "create it with mode 0600"}
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
