package postern

import (
	"encoding/json"
	"strings"
	"unsafe"
)

// Request builds an HTTP request. Every method but those that send it changes the
// request and returns it, so that calls can be chained.
type Request struct {
	head  requestHead
	body  []byte   // nil is no body
	parts [][]byte // the content of parts with a size
	err   error    // of a call that cannot return one
}

// requestHead is the JSON form of a request.
type requestHead struct {
	Method        string         `json:"method"`
	URL           string         `json:"url"`
	QueryParam    []param        `json:"queryParam,omitempty"`
	Header        []param        `json:"header,omitempty"`
	FormParam     []param        `json:"formParam,omitempty"`
	Multipart     []part         `json:"multipart,omitempty"`
	BodyFile      *fileReference `json:"bodyFile,omitempty"`
	ContentType   string         `json:"contentType,omitempty"`
	Bearer        string         `json:"bearer,omitempty"`
	Basic         *basic         `json:"basic,omitempty"`
	Authorization *authorization `json:"authorization,omitempty"`
	AuthSetting   string         `json:"authSetting,omitempty"`
	AWSSignV4     *awsSignV4     `json:"awsSignV4,omitempty"`
	Retry         int            `json:"retry,omitempty"`
}

type param struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type part struct {
	Name        string `json:"name"`
	FileName    string `json:"fileName,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	Content     []byte `json:"content,omitempty"`

	// Instead of Content.
	Size *int           `json:"size,omitempty"` // the next bytes of the body
	File *fileReference `json:"file,omitempty"`
}

type fileReference struct {
	Item  string `json:"item"`
	Index int    `json:"index"`
}

type basic struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type authorization struct {
	Scheme      string `json:"scheme"`
	Credentials string `json:"credentials"`
}

type awsSignV4 struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
	Region    string `json:"region"`
	Service   string `json:"service"`
}

// Begin returns an empty request.
func Begin() *Request { return new(Request) }

// QueryParam appends a parameter to the query of the URL.
func (r *Request) QueryParam(name, value string) *Request {
	r.head.QueryParam = append(r.head.QueryParam, param{name, value})
	return r
}

// Header adds a header.
func (r *Request) Header(name, value string) *Request {
	r.head.Header = append(r.head.Header, param{name, value})
	return r
}

// FormParam adds a parameter to a form body, application/x-www-form-urlencoded.
func (r *Request) FormParam(name, value string) *Request {
	r.head.FormParam = append(r.head.FormParam, param{name, value})
	return r
}

// Multipart adds a field to a multipart/form-data body.
func (r *Request) Multipart(name, value string) *Request {
	r.head.Multipart = append(r.head.Multipart, part{Name: name, Content: []byte(value)})
	return r
}

// MultipartFile adds a file to a multipart/form-data body. An empty contentType
// means application/octet-stream.
func (r *Request) MultipartFile(name, fileName, contentType string, content []byte) *Request {
	size := len(content)
	r.head.Multipart = append(r.head.Multipart, part{Name: name, FileName: fileName, ContentType: contentType, Size: &size})
	r.parts = append(r.parts, append([]byte{}, content...))
	return r
}

// PartFile adds a file to a multipart/form-data body, with its name and content type. The
// content of a file at the host does not pass through the task.
func (r *Request) PartFile(name string, f File) *Request {
	if f.Item == "" {
		return r.MultipartFile(name, f.Name, f.ContentType, f.Content)
	}
	r.head.Multipart = append(r.head.Multipart, part{Name: name, FileName: f.Name, ContentType: f.ContentType, File: &fileReference{f.Item, f.Index}})
	return r
}

// Body sets the body.
func (r *Request) Body(content []byte, contentType string) *Request {
	r.body, r.head.ContentType, r.head.BodyFile = append([]byte{}, content...), contentType, nil
	return r
}

// BodyFile sets the body to the content of a file, with its content type. The content of a
// file at the host does not pass through the task.
func (r *Request) BodyFile(f File) *Request {
	if f.Item == "" {
		return r.Body(f.Content, f.ContentType)
	}
	r.body, r.head.ContentType, r.head.BodyFile = nil, f.ContentType, &fileReference{f.Item, f.Index}
	return r
}

// Bearer authenticates the request with a token. Of Bearer, Basic,
// Authorization, AuthSetting and AWSSignV4 the last one called counts.
func (r *Request) Bearer(token string) *Request {
	if token == "" {
		// The JSON form cannot express an empty token, and sending the request without
		// a token would not be what the task asked for.
		r.err = &Error{
			Code: "invalid_argument", Message: "bearer: token is empty", Hint: "did the token endpoint respond with an access_token?",
		}
	}
	return r.credential(requestHead{Bearer: token})
}

// Basic authenticates the request with a user name and password.
func (r *Request) Basic(username, password string) *Request {
	return r.credential(requestHead{Basic: &basic{username, password}})
}

// Authorization authenticates the request with any other scheme.
func (r *Request) Authorization(scheme, credentials string) *Request {
	return r.credential(requestHead{Authorization: &authorization{scheme, credentials}})
}

// AuthSetting authenticates the request with the credential of a connection. The task
// never sees the credential.
func (r *Request) AuthSetting(connection string) *Request {
	return r.credential(requestHead{AuthSetting: connection})
}

// AWSSignV4 signs the whole request with AWS Signature Version 4 when the host sends
// it. The service is a name such as "s3".
func (r *Request) AWSSignV4(accessKey, secretKey, region, service string) *Request {
	return r.credential(requestHead{AWSSignV4: &awsSignV4{accessKey, secretKey, region, service}})
}

func (r *Request) credential(c requestHead) *Request {
	h := &r.head
	h.Bearer, h.Basic, h.Authorization, h.AuthSetting, h.AWSSignV4 = c.Bearer, c.Basic, c.Authorization, c.AuthSetting, c.AWSSignV4
	return r
}

// Retry sets how many times the host sends the request again when the response is 429
// or 503, and, for GET, HEAD, OPTIONS, QUERY, PUT and DELETE, when the network failed
// before a response. Default 0. It waits for the time in Retry-After, otherwise 1s,
// 2s, 4s and so on. When the time of the task or its number of requests does not
// suffice for another attempt, the last response or error is returned. Every attempt
// counts as a request.
func (r *Request) Retry(times int) *Request {
	r.head.Retry = times
	return r
}

// Get sends the request with method GET. The URL must be absolute and is sent as
// written. A response with a status of 400 or above is not an error.
func (r *Request) Get(url string) (*Response, error) { return r.send("GET", url) }

// Post sends the request with method POST, see Get.
func (r *Request) Post(url string) (*Response, error) { return r.send("POST", url) }

// Put sends the request with method PUT, see Get.
func (r *Request) Put(url string) (*Response, error) { return r.send("PUT", url) }

// Patch sends the request with method PATCH, see Get.
func (r *Request) Patch(url string) (*Response, error) { return r.send("PATCH", url) }

// Delete sends the request with method DELETE, see Get.
func (r *Request) Delete(url string) (*Response, error) { return r.send("DELETE", url) }

// Head sends the request with method HEAD, see Get.
func (r *Request) Head(url string) (*Response, error) { return r.send("HEAD", url) }

func (r *Request) send(method, url string) (*Response, error) {
	if r.err != nil {
		return nil, r.err
	}
	head := r.head
	head.Method, head.URL = method, url
	body := r.body
	switch {
	case len(r.parts) == 0:
	case body == nil:
		body = join(r.parts)
	default: // the host refuses both, so it must not take the content of the parts from the body
		head.Multipart = nil
		for _, p := range r.head.Multipart {
			p.Size = nil
			head.Multipart = append(head.Multipart, p)
		}
	}
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	answer, err := take(hostRequest(view(text), unsafe.Pointer(unsafe.SliceData(body)), uint32(len(body))))
	if err != nil {
		return nil, err
	}
	resp := new(Response)
	if err := json.Unmarshal(answer, resp); err != nil {
		return nil, err
	}
	// The host keeps the body only until the next request.
	if resp.body, err = take(hostResponseBody()); err != nil {
		return nil, err
	}
	return resp, nil
}

// Response is the response to a Request.
type Response struct {
	StatusCode int                 `json:"status"`
	Header     map[string][]string `json:"header"` // by canonical name, such as "Content-Type"
	body       []byte
}

// HeaderValues returns the values of a header, whatever the case of its name,
// or nil.
func (r *Response) HeaderValues(name string) []string {
	for key, values := range r.Header {
		if strings.EqualFold(key, name) {
			return values
		}
	}
	return nil
}

// ContentType returns the media type without parameters, in lower case, or "".
func (r *Response) ContentType() string {
	mediaType, _, _ := strings.Cut(r.contentType(), ";")
	return strings.ToLower(strings.TrimSpace(mediaType))
}

func (r *Response) contentType() string {
	if values := r.HeaderValues("Content-Type"); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Bytes returns the body, whole and decompressed.
func (r *Response) Bytes() []byte { return r.body }

// Text returns the body as text, decoded by the charset that the content type
// names; default UTF-8.
func (r *Response) Text() string {
	text, err := DecodeText(r.contentType(), r.body)
	if err != nil {
		// Reached only if the text is too large for the task's memory.
		return string(r.body)
	}
	return text
}
