// Package mediatype reads content types and brings those of files into one
// form: type/subtype, and a charset or nothing.
package mediatype

import (
	"fmt"
	"mime"
	"strings"
)

// Normalize returns the content type of a file as "type/subtype" or
// "type/subtype; charset=name". All other parameters are dropped.
//
// An application/octet-stream without charset takes the type of the file name's
// extension. A text/* that names no charset, of a content that was given as
// text, takes charset, which is UTF-8 when empty.
//
// What is not a content type (RFC 9110 §8.3.1) is an error.
func Normalize(contentType, fileName string, text bool, charset string) (string, error) {
	mediaType, name, err := parse(contentType)
	if err != nil {
		return "", err
	}
	if name == "" && strings.EqualFold(mediaType, "application/octet-stream") {
		if known, ok := ByExtension(fileName); ok {
			mediaType = known
		}
	}
	if name == "" && text && strings.HasPrefix(strings.ToLower(mediaType), "text/") {
		if name = charset; name == "" {
			name = "UTF-8"
		}
	}
	if name == "" {
		return mediaType, nil
	}
	normal := mediaType + "; charset=" + name
	if Charset(normal) != name {
		return "", fmt.Errorf("%.100q is not the name of a charset", name)
	}
	return normal, nil
}

// Charset returns the charset that a content type names, "" if it names none or
// is malformed.
func Charset(contentType string) string {
	// Nearly every content type has no parameters: that needs no parser.
	if !strings.Contains(contentType, "=") {
		return ""
	}
	_, params, _ := mime.ParseMediaType(contentType)
	return params["charset"]
}

// parse returns the type, in the case it is written in, and the charset.
func parse(contentType string) (mediaType, charset string, err error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", "", fmt.Errorf("%.100q is not a content type: %s", contentType, strings.TrimPrefix(err.Error(), "mime: "))
	}
	mediaType, _, _ = strings.Cut(contentType, ";")
	mediaType = strings.TrimSpace(mediaType)
	// The parser above takes a type alone, for a Content-Disposition, and
	// compares lower case, of which the Kelvin sign's is ASCII.
	if !strings.Contains(mediaType, "/") || strings.Contains(mediaType, "\u212a") {
		return "", "", fmt.Errorf("%.100q is not a content type: it is not type/subtype", contentType)
	}
	return mediaType, params["charset"], nil
}
