package jsapi

import (
	"math"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
	"github.com/postern-dev/postern/internal/java"
	"github.com/postern-dev/postern/internal/mediatype"
)

// fileClass is a file: of a data item, or one that the script has created.
var fileClass = newClass("Qfile", members{ //nolint:gochecknoglobals // a table, never changed
	"getName":        getter(func(a *API, f *hostapi.File) goja.Value { return a.vm.ToValue(f.Name) }),
	"getContentType": getter(func(a *API, f *hostapi.File) goja.Value { return a.vm.ToValue(f.ContentType) }),
	"getLength":      getter(func(a *API, f *hostapi.File) goja.Value { return a.vm.ToValue(len(f.Content)) }),
	"getCharset":     getter(func(a *API, f *hostapi.File) goja.Value { return a.orNull(mediatype.Charset(f.ContentType)) }),
})

func (a *API) file(f *hostapi.File) *goja.Object { return a.object(fileClass, f) }

// newQfile is the constructor: (name, contentType, content) with text, bytes or
// another file, and (name, contentType, charset, text).
func newQfile(a *API, c call) (goja.Value, error) {
	if err := c.need(3, "(name, contentType, content)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	contentType, err := c.text(1, "contentType")
	if err != nil {
		return nil, err
	}
	if len(c.args) > 3 {
		return a.textFile(c, name, contentType, textOrEmpty(c.args[2]), 3)
	}
	if content, ok := bytesToKeep(c.args[2]); ok {
		if contentType, err = mediaType(contentType, name, false, ""); err != nil {
			return nil, err
		}
		return a.file(&hostapi.File{Name: name, ContentType: contentType, Content: content}), nil
	}
	return a.textFile(c, name, contentType, "", 2)
}

// bytesToKeep returns the bytes of a file, a byte array or a typed array. It copies them
// if the script could change them.
func bytesToKeep(v goja.Value) ([]byte, bool) {
	if f, ok := stateOf[*hostapi.File](v); ok {
		return f.Content, true
	}
	if b, ok := stateOf[byteArray](v); ok {
		return b, true
	}
	b := bytesOf(v)
	return b, b != nil
}

// textFile returns a file with the text of argument i. The charset is encoding, else that
// of the content type, else UTF-8.
func (a *API) textFile(c call, name, contentType, encoding string, i int) (goja.Value, error) {
	text, err := c.text(i, "content")
	if err != nil {
		return nil, err
	}
	if contentType, err = mediaType(contentType, name, true, encoding); err != nil {
		return nil, err
	}
	if encoding == "" {
		encoding = mediatype.Charset(contentType)
	}
	content, err := encodeText(encoding, text)
	if err != nil {
		return nil, err
	}
	return a.file(&hostapi.File{Name: name, ContentType: contentType, Content: content}), nil
}

func mediaType(contentType, name string, text bool, encoding string) (string, error) {
	normal, err := mediatype.Normalize(contentType, name, text, encoding)
	if err != nil {
		return "", &java.Exception{Class: "java.lang.IllegalArgumentException", Message: err.Error()}
	}
	return normal, nil
}

// encodeText returns text in the named charset; UTF-8 if it has no name.
func encodeText(name, text string) ([]byte, error) {
	cs, err := charsetOf(name)
	if err != nil {
		return nil, err
	}
	return cs.Encode(text), nil
}

func charsetOf(name string) (charset.Charset, error) {
	if name == "" {
		name = "UTF-8"
	}
	cs, ok := charset.Lookup(name)
	if !ok {
		return cs, &java.Exception{Class: "java.nio.charset.UnsupportedCharsetException", Message: name}
	}
	return cs, nil
}

// fileRepositoryClass is the global fileRepository.
var fileRepositoryClass = newClass("fileRepository", members{ //nolint:gochecknoglobals // a table, never changed
	"readFile": fileRepositoryReadFile,
})

// fileRepositoryReadFile is readFile(file), which returns bytes; readFile(file, charset),
// which returns text; readFile(file, charset, f), which calls f with each line; and
// readFile(file, size, f), which calls f with packets of that many bytes.
func fileRepositoryReadFile(a *API, c call) (goja.Value, error) {
	f, ok := stateOf[*hostapi.File](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "the first argument is "+typeName(c.arg(0))+", not a file", "take a file out of the list that a FILE item holds")
	}
	if len(c.args) < 2 {
		return a.object(byteArrayClass, byteArray(f.Content)), nil
	}
	_, isText := c.args[1].(goja.String)
	if len(c.args) < 3 {
		if !isText {
			return nil, invalid(c.op, "the second argument is "+typeName(c.args[1])+", not the name of a charset", "")
		}
		text, err := decodeText(c.args[1].String(), f.Content)
		return a.vm.ToValue(text), err
	}
	each, ok := goja.AssertFunction(c.args[2])
	if !ok {
		return nil, invalid(c.op, "the third argument is "+typeName(c.args[2])+", not a function", "")
	}
	if isText {
		return goja.Undefined(), a.eachLine(c.args[1].String(), f.Content, each)
	}
	return goja.Undefined(), a.eachPacket(c, f.Content, each)
}

func decodeText(name string, content []byte) (string, error) {
	cs, err := charsetOf(name)
	if err != nil {
		return "", err
	}
	return cs.Decode(content), nil
}

func (a *API) eachLine(name string, content []byte, each goja.Callable) error {
	text, err := decodeText(name, content)
	if err != nil {
		return err
	}
	for line := range charset.Lines(text) {
		if _, err := each(goja.Undefined(), a.vm.ToValue(line)); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) eachPacket(c call, content []byte, each goja.Callable) error {
	size, err := c.count(1, "size", math.MaxInt32)
	if err != nil {
		return err
	}
	if size == 0 {
		return invalid(c.op, "the size of a packet is 0", "")
	}
	for len(content) > 0 {
		n := min(size, len(content))
		if _, err := each(goja.Undefined(), a.object(byteArrayClass, byteArray(content[:n]))); err != nil {
			return err
		}
		content = content[n:]
	}
	return nil
}
