package wasmvm

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/mediatype"
)

// find_files(name, name_len): the files of a data item without their content, as JSON; null
// if it has no value.
func findFiles(ctx context.Context, c *call) ([]byte, error) {
	name, err := c.name("the name")
	if err != nil {
		return nil, err
	}
	files, err := c.filesOf(ctx, name)
	if err != nil {
		return nil, err
	}
	if files == nil {
		return encodeJSON(nil)
	}
	type listed struct {
		Name        string `json:"name"`
		ContentType string `json:"contentType"`
		Size        int64  `json:"size"`
	}
	list := make([]listed, len(files))
	for i, f := range files {
		list[i] = listed{f.Name, f.ContentType, f.Length()}
	}
	return encodeJSON(list)
}

// read_file(name, name_len, index, offset, length): that part of the content of a file.
func readFile(ctx context.Context, c *call) ([]byte, error) {
	name, err := c.name("the name")
	if err != nil {
		return nil, err
	}
	f, err := c.fileAt(ctx, name, int64(uint32(c.args[2])))
	if err != nil {
		return nil, err
	}
	offset, length, err := c.part(3, f.Length())
	if err != nil {
		return nil, err
	}
	if f.Open == nil {
		return f.Content[offset : offset+length], nil
	}
	if length > max(c.limits.Memory, 0) {
		return nil, reached(c.op, "memory", c.limits)
	}
	if c.reading == nil || c.reading.file != f {
		c.closeFile()
		c.reading = &reading{file: f, content: f.Reader(ctx)}
	}
	r := c.reading
	if int64(cap(r.piece)) < length {
		r.piece = make([]byte, length)
	}
	piece := r.piece[:length]
	if _, err := r.content.ReadAt(piece, offset); err != nil {
		c.closeFile()
		return nil, err
	}
	return piece, nil
}

// part returns the range that two arguments, an offset and a length, have in common with
// content of that size.
func (c *call) part(arg int, size int64) (offset, length int64, err error) {
	offset, length = int64(c.args[arg]), int64(uint32(c.args[arg+1]))
	if offset < 0 {
		return 0, 0, invalidArgument(c.op, "the offset is negative")
	}
	offset = min(offset, size)
	return offset, min(length, size-offset), nil
}

// reading is a file by reference that a guest reads in pieces: it is opened once.
type reading struct {
	file    *hostapi.File
	content *hostapi.FileReader
	piece   []byte
}

// closeFile ignores an error: what was read has been used.
func (r *run) closeFile() {
	if r.reading != nil {
		_ = r.reading.content.Close()
		r.reading = nil
	}
}

// filesOf returns the files of a data item; nil if it has no value.
func (c *call) filesOf(ctx context.Context, name string) ([]*hostapi.File, error) {
	value, err := c.host.FindData(ctx, name)
	if err != nil || value == nil {
		return nil, err
	}
	list, ok := value.([]any)
	files := make([]*hostapi.File, len(list))
	for i := 0; i < len(list) && ok; i++ {
		files[i], ok = list[i].(*hostapi.File)
	}
	if !ok {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: c.op, Name: name, Message: "the data item holds no files"}
	}
	return files, nil
}

func (c *call) fileAt(ctx context.Context, name string, index int64) (*hostapi.File, error) {
	files, err := c.filesOf(ctx, name)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= int64(len(files)) {
		return nil, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: c.op, Name: name,
			Message: fmt.Sprintf("the data item has no file %d", index), Hint: "it has " + strconv.Itoa(len(files)) + ", counted from 0",
		}
	}
	return files[index], nil
}

// withContent returns value with the content of files by reference in memory, which has to
// fit into the result.
func (c *call) withContent(ctx context.Context, value any) (any, error) {
	list, ok := value.([]any)
	if !ok {
		return value, nil
	}
	size := int64(0)
	for _, v := range list {
		if f, ok := v.(*hostapi.File); ok && f.Open != nil {
			size += f.Size + f.Size/3
		}
	}
	switch {
	case size == 0:
		return value, nil
	case size > c.limits.Memory:
		e := limit.Reached(c.limits, "memory")
		e.Op, e.Hint = c.op, "read large files in pieces, with find_files and read_file, or "+e.Hint
		return nil, e
	}
	read := make([]any, len(list))
	for i, v := range list {
		read[i] = v
		if f, ok := v.(*hostapi.File); ok && f.Open != nil {
			content, err := f.ReadAll(ctx, f.Size)
			if err != nil {
				return nil, err
			}
			read[i] = &hostapi.File{Name: f.Name, ContentType: f.ContentType, Content: content}
		}
	}
	return read, nil
}

// fileJSON is the JSON form of a file that a guest passes.
type fileJSON struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	Content     []byte `json:"content"` // base64

	// Instead of Content: the next Size bytes of what the guest passes beside the JSON, or
	// the content of file Index of the data item named Item, whose name and type are the
	// defaults.
	Size  *int64 `json:"size"`
	Item  string `json:"item"`
	Index int64  `json:"index"`
}

// set_files(name, name_len, json, json_len, content, content_len): no result.
func setFiles(ctx context.Context, c *call) ([]byte, error) {
	name, err := c.name("the name")
	if err != nil {
		return nil, err
	}
	text, err := c.bytes(2, "the files")
	if err != nil {
		return nil, err
	}
	content, err := c.bytes(4, "the content")
	if err != nil {
		return nil, err
	}
	if most := c.limits.DataBytes; int64(len(text)) > most+most/2+1<<20 || int64(len(content)) > most {
		return nil, reached(c.op, "data_bytes", c.limits)
	}
	var list []*fileJSON
	if err := decodeObject(c.op, "the list of files", text, &list); err != nil {
		return nil, err
	}
	files, err := c.filesFrom(ctx, list, &content)
	if err != nil {
		return nil, err
	}
	if len(content) > 0 {
		return nil, c.leftOver(len(content))
	}
	var value []any
	if list != nil {
		value = make([]any, len(files))
	}
	for i, f := range files {
		value[i] = f
	}
	return nil, c.host.SetData(ctx, name, value)
}

func (c *call) leftOver(n int) error {
	return invalidArgument(c.op, fmt.Sprintf("%d bytes of content are left over: each file or part takes as many as its size", n))
}

// filesFrom returns the files of a list. A null is a nil file, which the host refuses.
func (c *call) filesFrom(ctx context.Context, list []*fileJSON, content *[]byte) ([]*hostapi.File, error) {
	if list == nil {
		return nil, nil
	}
	files := make([]*hostapi.File, len(list))
	for i, j := range list {
		if j == nil {
			continue
		}
		var err error
		if files[i], err = c.fileFrom(ctx, j, content); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// fileFrom returns the file that j describes. content is what the guest passes beside the
// JSON; nil if it passes nothing.
func (c *call) fileFrom(ctx context.Context, j *fileJSON, content *[]byte) (*hostapi.File, error) {
	f := &hostapi.File{Name: j.Name, ContentType: j.ContentType, Content: j.Content}
	if j.Item != "" && j.Size != nil || (j.Item != "" || j.Size != nil) && j.Content != nil {
		return nil, invalidArgument(c.op, "a file has more than one of content, size and item")
	}
	switch {
	case j.Item != "":
		of, err := c.fileAt(ctx, j.Item, j.Index)
		if err != nil {
			return nil, err
		}
		*f = *of
		if j.Name != "" {
			f.Name = j.Name
		}
		if j.ContentType == "" {
			return f, nil
		}
		f.ContentType = j.ContentType
	case j.Size != nil:
		taken, err := c.takeContent(*j.Size, content)
		if err != nil {
			return nil, err
		}
		f.Content = append([]byte{}, taken...) // the guest may change it
	}
	return f, c.normalize(f)
}

// takeContent returns the next size bytes of content.
func (c *call) takeContent(size int64, content *[]byte) ([]byte, error) {
	switch {
	case content == nil:
		return nil, invalidArgument(c.op, "a file has a size: its content cannot be passed apart from the JSON here")
	case size < 0 || size > int64(len(*content)):
		return nil, invalidArgument(c.op, fmt.Sprintf("the size is %d, and %d bytes of content are left", size, len(*content)))
	}
	taken := (*content)[:size:size]
	*content = (*content)[size:]
	return taken, nil
}

// normalize converts a file of the guest to the form that all files have.
func (c *call) normalize(f *hostapi.File) error {
	if f.Content == nil && f.Open == nil {
		f.Content = []byte{} // as JSON "", not null
	}
	if f.ContentType == "" {
		f.ContentType = "application/octet-stream"
	}
	contentType, err := mediatype.Normalize(f.ContentType, f.Name, false, "")
	if err != nil {
		return invalidArgument(c.op, "a file's content type: "+err.Error())
	}
	f.ContentType = contentType
	return nil
}

// files returns a value for the data item of that name, with the JSON form of files converted
// to files if the item holds files: the limit counts their bytes, not those of their base64. A
// value that is not a list of files is refused by the host.
func (c *call) files(ctx context.Context, varName string, value any) (any, error) {
	if !c.holdsFiles(varName) {
		return value, nil
	}
	if list, ok := value.([]any); ok {
		for i, v := range list {
			o, ok := v.(map[string]any)
			if !ok || o["item"] == nil {
				continue
			}
			j, err := c.referenceFrom(o)
			if err != nil {
				return nil, err
			}
			if list[i], err = c.fileFrom(ctx, j, nil); err != nil {
				return nil, err
			}
		}
	}
	checked, err := (&hostapi.Item{Type: hostapi.TypeFile}).Check(value)
	if err != nil {
		return value, nil //nolint:nilerr // the host returns it as well, with the item's name
	}
	list, _ := checked.([]any) // nil: the item is cleared
	for _, v := range list {
		if f, ok := v.(*hostapi.File); ok && f.Open == nil {
			if err := c.normalize(f); err != nil {
				return nil, err
			}
		}
	}
	return checked, nil
}

// referenceFrom returns the members of an object that refers to a file of a data item.
func (c *call) referenceFrom(o map[string]any) (*fileJSON, error) {
	j := new(fileJSON)
	for member, v := range o {
		var ok bool
		switch member {
		case "item":
			j.Item, ok = v.(string)
		case "name":
			j.Name, ok = v.(string)
		case "contentType":
			j.ContentType, ok = v.(string)
		case "index":
			var n float64
			n, ok = v.(float64)
			j.Index, ok = int64(n), ok && n == math.Trunc(n) && math.Abs(n) < 1<<31
		}
		if !ok {
			return nil, invalidArgument(c.op, "a reference to a file is {\"item\", \"index\", \"name\", \"contentType\"}")
		}
	}
	return j, nil
}

// holdsFiles reports whether the task declares an item of that name for files.
func (c *call) holdsFiles(varName string) bool {
	return slices.ContainsFunc(c.host.Items(), func(item hostapi.Item) bool {
		return item.VarName == varName && item.Type == hostapi.TypeFile
	})
}
