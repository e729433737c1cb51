package hostapi

import (
	"fmt"
	"mime"
	"strings"
)

// maxFileName bounds a file's name in bytes: file systems take no longer one.
const maxFileName = 255

// File is a file as a data item of type FILE holds it. A File is not changed
// once it is made.
type File struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"` // type/subtype, with a charset parameter at most
	Content     []byte `json:"content"`     // base64 in JSON
}

// Check refuses a file whose name is empty, has more than 255 bytes, is . or .., or has
// a slash, a backslash, a line break or another control character, and one whose
// content type is not one (RFC 9110 §8.3.1); an empty content type is an unknown one.
// The error is [CodeInvalidArgument].
func (f *File) Check() error {
	if wrong := f.wrong(); wrong != "" {
		return invalid("file", "", wrong, "")
	}
	return nil
}

func (f *File) wrong() string {
	switch name := f.Name; {
	case name == "":
		return "a file has no name"
	case len(name) > maxFileName:
		return fmt.Sprintf("a file's name has more than %d bytes", maxFileName)
	case strings.ContainsFunc(name, breaksLine):
		return "a file's name has a line break or another control character"
	case strings.ContainsAny(name, `/\`) || name == "." || name == "..":
		return "a file's name is a path; it is a name alone, without / and \\"
	}
	if t := f.ContentType; t != "" {
		kind, subtype, ok := strings.Cut(t, "/")
		subtype, _, _ = strings.Cut(subtype, ";")
		if _, _, err := mime.ParseMediaType(t); err != nil || !ok || hasControl(t) || !isToken(kind) || !isToken(strings.TrimSpace(subtype)) {
			return "a file's content type is not of the form type/subtype"
		}
	}
	return ""
}
