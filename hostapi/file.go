package hostapi

import (
	"context"
	"fmt"
	"io"
	"mime"
	"strings"
)

// maxFileName bounds a file's name in bytes, as file systems do.
const maxFileName = 255

// File is a file in a data item of type FILE: one in memory, which has Content, or one by
// reference, which has Open and Size. It is immutable, and may be used by several
// goroutines at once.
//
//	&File{
//		Name: "scan.tiff", ContentType: "image/tiff", Size: 200 << 20,
//		Open: func(context.Context) (io.ReadSeekCloser, error) { return os.Open(path) },
//	}
//
// The content of a file by reference is read in pieces when a script reads it, and is
// streamed into the body of a request. It is not held, does not count as data of the task
// (Limits.DataBytes), and is never searched for credentials. A task that stores it in
// another data item, or attaches it to a message, passes the reference on.
type File struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"` // type/subtype, perhaps with a charset parameter

	// Content is that of a file in memory. Default nil: no content. In JSON it is base64,
	// and null for a file by reference.
	Content []byte `json:"content"`

	// Size is the number of bytes that Open's reader has from its start to its end. It is
	// used with Open only.
	Size int64 `json:"size,omitempty"`

	// Open, if not nil, returns a new reader of the content, which its caller closes. It is
	// called each time that the content is needed, perhaps by several goroutines at once;
	// one goroutine at a time uses the reader. The context ends at the latest with the task
	// that reads; a reader may return its error. If Open or the reader fails or panics, the
	// error of the script has [CodeInternal] and the error as its Reason, but not its text;
	// if the error is an *[Error], its code.
	Open func(ctx context.Context) (io.ReadSeekCloser, error) `json:"-"`
}

// Length returns the number of bytes of the content.
func (f *File) Length() int64 {
	if f.Open != nil {
		return f.Size
	}
	return int64(len(f.Content))
}

// ReadAll returns the content, if it has at most that many bytes; otherwise the error is
// [CodeLimit]. The content of a file in memory is not copied.
func (f *File) ReadAll(ctx context.Context, most int64) ([]byte, error) {
	switch {
	case f.Open == nil:
		return f.Content, nil
	case f.Size > most:
		return nil, &Error{Code: CodeLimit, Op: "file", Name: f.Name, Message: fmt.Sprintf("the content has %d bytes, more than %d", f.Size, most)}
	}
	r := f.Reader(ctx)
	defer r.Close() //nolint:errcheck // it has been read
	content := make([]byte, f.Size)
	if _, err := io.ReadFull(r, content); err != nil {
		return nil, err
	}
	return content, nil
}

// Check refuses a file whose name is empty, has more than 255 bytes, is . or .., or has
// a slash, a backslash, a line break or another control character, and one whose
// content type is invalid (RFC 9110 §8.3.1); "" is an unknown content type. It also refuses
// a file with both Content and Open, a negative Size, and a Size that Content does not have.
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
		return "a file's name is a path; write a name without / and \\"
	case f.Open != nil && f.Content != nil:
		return "a file has both content and a function that opens it"
	case f.Open == nil && f.Size != 0 && f.Size != int64(len(f.Content)), f.Size < 0:
		return "a file's size is not that of its content"
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
