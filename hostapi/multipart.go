package hostapi

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"mime/multipart"
	"net/textproto"
	"strings"
	"sync"
)

func (p *Part) length() int64 {
	if p.File != nil {
		return p.File.Length()
	}
	return int64(len(p.Content))
}

// reference returns the file by reference that has the part's content, if one has.
func (p *Part) reference() *File {
	if p.File != nil && p.File.Open != nil {
		return p.File
	}
	return nil
}

// content returns the content of a part that is in memory.
func (p *Part) content() []byte {
	if p.File != nil {
		return p.File.Content
	}
	return p.Content
}

func encodeMultipart(parts []Part) (*Body, string, error) {
	body := new(Body)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(boundary(parts)); err != nil {
		return nil, "", err
	}
	for i := range parts {
		p := &parts[i]
		contentType := p.ContentType
		if hasControl(contentType) {
			return nil, "", invalid("multipart", p.Name, "the content type has a line break or another control character", "")
		}
		header := textproto.MIMEHeader{}
		disposition := `form-data; name="` + quoteName(p.Name) + `"`
		if p.FileName != "" {
			disposition += `; filename="` + quoteName(p.FileName) + `"`
			if contentType == "" {
				contentType = "application/octet-stream"
			}
		}
		header["Content-Disposition"] = []string{disposition}
		if contentType != "" {
			header["Content-Type"] = []string{contentType}
		}
		part, err := w.CreatePart(header)
		if err != nil {
			return nil, "", err
		}
		if f := p.reference(); f != nil {
			if f.Size < 0 {
				return nil, "", invalid("multipart", p.Name, "the size of the file is negative", "")
			}
			body.add(bytes.Clone(b.Bytes()))
			b.Reset()
			body.addFile(f)
			continue
		}
		if _, err := part.Write(p.content()); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	body.add(b.Bytes())
	return body, w.FormDataContentType(), nil
}

// boundary derives the boundary from the content, so that the same request has the same
// bytes in every sandbox, and no content can have been made to contain it. With files by
// reference, whose content is not read, it is derived from everything else and from a key
// of the process: who supplies a file must not be able to guess it, and so add parts.
func boundary(parts []Part) string {
	var sum hash.Hash
	for i := range parts {
		if parts[i].reference() != nil {
			sum = hmac.New(sha256.New, boundaryKey())
		}
	}
	if sum == nil {
		sum = sha256.New()
	}
	for i := range parts {
		p := &parts[i]
		_, _ = fmt.Fprintf(sum, "%q %q %q %d\n", p.Name, p.FileName, p.ContentType, p.length())
		if p.reference() == nil {
			sum.Write(p.content())
		}
	}
	return "postern-" + hex.EncodeToString(sum.Sum(nil)[:16])
}

var boundaryKey = sync.OnceValue(func() []byte { //nolint:gochecknoglobals // one for the process
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
})

// quoteName escapes a part's name as the HTML standard does for multipart/form-data:
// UTF-8 with only these three characters encoded.
func quoteName(s string) string {
	return strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22").Replace(s)
}
