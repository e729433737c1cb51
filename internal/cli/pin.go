package cli

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// issuerOf returns the issuer that an oauth.toml names for the connection,
// "" if none.
func issuerOf(file, name string) (string, error) {
	text, err := input.ReadFile(file)
	if err != nil {
		return "", err
	}
	settings, _ := settingsOf(stricttoml.Values(text), name)
	issuer, _ := settings["issuer"].(string)
	return issuer, nil
}

// pinned returns the text of the file with a pin for the connection.
func pinned(file, name, pin string) ([]byte, error) {
	text, err := input.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return withPin(file, text, name, pin)
}

// writePin writes a pin for the connection into the file that has it. The file is
// replaced as a whole: it is there, old or new, at any moment.
func writePin(file, name, pin string) error {
	text, err := pinned(file, name, pin)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(file, text, 0o600); err != nil {
		return usageError("write "+file, input.Reason(err), "")
	}
	return nil
}

// withPin returns the text of an oauth.toml with a line more: the pin, below the
// header of the connection's table. All other bytes stay. Whether a line is that
// header only the whole text tells, so the result is read again: it must say what
// the text did, and the pin.
func withPin(file string, text []byte, name, pin string) ([]byte, error) {
	line := fmt.Sprintf("tls = { pin_sha256 = %q }", pin)
	fail := func(message, hint string) ([]byte, error) {
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: fmt.Sprintf("connection %q", name), Name: "tls", Message: message, Hint: hint, File: file}
	}
	want := stricttoml.Values(text)
	settings, ok := settingsOf(want, name)
	switch {
	case !ok:
		return fail("the connection is not in the file", "")
	case settings["tls"] != nil:
		return fail("is set already", fmt.Sprintf("change it by hand: pin_sha256 = %q", pin))
	}
	settings["tls"] = map[string]any{"pin_sha256": pin}
	end := 0
	for header := range bytes.Lines(text) {
		end += len(header)
		if !isHeaderOf(header, name) {
			continue
		}
		eol := []byte("\n")
		if bytes.HasSuffix(header, []byte("\r\n")) {
			eol = []byte("\r\n")
		}
		added := append([]byte(line), eol...)
		if !bytes.HasSuffix(header, []byte("\n")) {
			added = append(eol, line...)
		}
		result := bytes.Join([][]byte{text[:end], added, text[end:]}, nil)
		if reflect.DeepEqual(stricttoml.Values(result), want) {
			return result, nil
		}
	}
	return fail("there is no header of the connection's table to write below", "write it by hand: "+line)
}

// isHeaderOf reports whether a line is the header of the connection's table, if it
// is a header at all.
func isHeaderOf(line []byte, name string) bool {
	if !bytes.HasPrefix(bytes.TrimLeft(line, " \t\ufeff"), []byte("[")) {
		return false
	}
	return reflect.DeepEqual(stricttoml.Values(line), map[string]any{"connections": map[string]any{name: map[string]any{}}})
}

// settingsOf returns the table of the connection.
func settingsOf(values map[string]any, name string) (map[string]any, bool) {
	all, _ := values["connections"].(map[string]any)
	settings, ok := all[name].(map[string]any)
	return settings, ok
}
