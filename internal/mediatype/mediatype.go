// Package mediatype parses content types (RFC 9110 §8.3.1) and normalizes those of
// files to type/subtype with an optional charset.
package mediatype

import (
	"fmt"
	"mime"
	"strings"
)

// Normalize returns the content type of a file as "type/subtype" or
// "type/subtype; charset=name". All other parameters are dropped.
//
// application/octet-stream without a charset is replaced by the type of the file name's
// extension. text/* without a charset gets charset, default UTF-8, if the content was
// given as text.
//
// Text that is not a content type is an error.
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
	// Fast path: nearly every content type has no parameters.
	if !strings.Contains(contentType, "=") {
		return ""
	}
	_, params, _ := mime.ParseMediaType(contentType)
	return params["charset"]
}

// parse returns the type, in its original case, and the charset.
func parse(contentType string) (mediaType, charset string, err error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", "", fmt.Errorf("%.100q is not a content type: %s", contentType, strings.TrimPrefix(err.Error(), "mime: "))
	}
	mediaType, _, _ = strings.Cut(contentType, ";")
	mediaType = strings.TrimSpace(mediaType)
	// mime.ParseMediaType also accepts a value without "/", as in a
	// Content-Disposition, and a Kelvin sign, whose lower case is the letter k.
	if !strings.Contains(mediaType, "/") || strings.Contains(mediaType, "\u212a") {
		return "", "", fmt.Errorf("%.100q is not a content type: it is not type/subtype", contentType)
	}
	return mediaType, params["charset"], nil
}
