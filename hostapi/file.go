package hostapi

import (
	"fmt"
	"mime"
	"strings"
)

// maxFileName bounds a file's name in bytes, as file systems do.
const maxFileName = 255

// File is a file in a data item of type FILE. It is immutable.
type File struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"` // type/subtype, perhaps with a charset parameter
	Content     []byte `json:"content"`     // base64 in JSON
}

// Check refuses a file whose name is empty, has more than 255 bytes, is . or .., or has
// a slash, a backslash, a line break or another control character, and one whose
// content type is invalid (RFC 9110 §8.3.1); "" is an unknown content type. The error
// is [CodeInvalidArgument].
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
		return "a file's name is a path; write a name without / and \\"
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
