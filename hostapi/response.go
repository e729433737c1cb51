package hostapi

import (
	"mime"
	"net/http"
)

// Response is the response to a [Request]. A status of 400 or above is not an error.
type Response struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"-"` // complete and decompressed
}

// ContentType returns the media type without parameters, in lower case; "" if the
// response has none.
func (r *Response) ContentType() string {
	mediaType, _ := r.mediaType()
	return mediaType
}

// Charset returns the charset parameter of the content type, or "".
func (r *Response) Charset() string {
	_, params := r.mediaType()
	return params["charset"]
}

func (r *Response) mediaType() (string, map[string]string) {
	header := r.Header.Get("Content-Type")
	if header == "" {
		return "", nil
	}
	mediaType, params, err := mime.ParseMediaType(header)
	if err != nil && mediaType == "" {
		return "", nil
	}
	return mediaType, params
}
