package wire

import (
	"errors"
	"fmt"
)

// fault is the error of a value that cannot be sent, or of a malformed message.
type fault struct {
	encoding bool
	path     string // of the fields around the value
	text     string
}

func malformed(format string, args ...any) error { return &fault{text: fmt.Sprintf(format, args...)} }

func (f *fault) Error() string {
	switch {
	case f.encoding:
		return "encode" + f.path + ": " + f.text
	case f.path != "":
		return "decode: " + f.path + ": " + f.text
	}
	return "decode: " + f.text
}

// within adds the name of the field around what failed. The path is made when it is needed, and not
// kept for each value.
func within(name string, err error) error {
	if f, ok := errors.AsType[*fault](err); ok {
		f.path = name + f.path
	}
	return err
}
