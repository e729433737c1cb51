package jsapi

import (
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
	"getLength":      getter(func(a *API, f *hostapi.File) goja.Value { return a.vm.ToValue(f.Length()) }),
	"getCharset":     getter(func(a *API, f *hostapi.File) goja.Value { return a.orNull(mediatype.Charset(f.ContentType)) }),
})

func (a *API) file(f *hostapi.File) *goja.Object { return a.object(fileClass, f) }

// newQfile is the constructor: (name, contentType, content) with text, bytes or
// another file, and (name, contentType, charset, text).
func newQfile(a *API, c call) (goja.Value, error) {
	if err := c.need(3, "(name, contentType, content) or (name, contentType, charset, text)"); err != nil {
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
	if f, ok := fileToKeep(c.args[2]); ok {
		f.Name = name
		if f.ContentType, err = mediaType(contentType, name, false, ""); err != nil {
			return nil, err
		}
		return a.file(f), nil
	}
	return a.textFile(c, name, contentType, "", 2)
}

// fileToKeep returns a new file with the content of a file, a byte array or a typed array.
// It copies bytes if the script could change them.
func fileToKeep(v goja.Value) (*hostapi.File, bool) {
	if f, ok := stateOf[*hostapi.File](v); ok {
		kept := *f
		return &kept, true
	}
	if b, ok := stateOf[byteArray](v); ok {
		return &hostapi.File{Content: b}, true
	}
	b := bytesOf(v)
	return &hostapi.File{Content: b}, b != nil
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
