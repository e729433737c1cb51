package taskfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// DecodeJSON decodes the content of a JSON file, which errors call file. Numbers keep
// their digits. Members that the form of into does not have are mistakes; want says in
// words what the file holds.
func DecodeJSON(file string, content []byte, into any, want string) error {
	if err := CheckText(file, content); err != nil {
		return err
	}
	fail := func(offset int64, message string) error {
		e := &hostapi.Error{Code: hostapi.CodeConfig, Message: message, File: file}
		if offset > 0 {
			e.Line = 1 + bytes.Count(content[:min(offset, int64(len(content)))], []byte("\n"))
		}
		return e
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber() // the digits stay as they are
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("something follows the value")
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fail(e.Offset, "not valid JSON: "+err.Error())
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return fail(0, "needs "+want)
		}
		return fail(e.Offset, fmt.Sprintf("%s cannot be a JSON %s", e.Field, e.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		at := regexp.MustCompile(regexp.QuoteMeta(name) + `\s*:`).FindIndex(content)
		if at == nil {
			at = []int{0, 0} // the name is written with escapes
		}
		return fail(int64(at[1]), "there is no member "+name)
	}
	return fail(0, "not valid JSON: "+err.Error())
}
