package hostapi

// File is a file as a data item of type FILE holds it. A File is not changed
// once it is made.
type File struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"` // type/subtype, with a charset parameter at most
	Content     []byte `json:"content"`     // base64 in JSON
}
