package postern

import (
	"encoding/json"
	"io"
	"unsafe"
)

// File is a file of a FILE item or an attachment of a message. It is either in the memory of
// the task, with Content, or at the host, with Item and Index, as [FindFiles] returns it.
// [SetData], [SetFiles], [FeedPost] and [Email] take both.
type File struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"` // default: by the extension of Name, else application/octet-stream
	Content     []byte `json:"content,omitempty"`

	// Item is the VarName of the data item, and Index the number of the file in it, from 0,
	// whose content the file has. Default "": the file has Content. A file at the host changes
	// if the task sets the item.
	Item  string `json:"item,omitempty"`
	Index int    `json:"index,omitempty"`

	// Size is that of a file at the host, in bytes. FindFiles sets it.
	Size int64 `json:"-"`
}

// FindFiles returns the files of a data item, without their content: it stays with the
// host, from which [File.ReadAt] and [File.Reader] read it. It returns nil if the item has
// no value. Use it instead of [FindData] for large files.
func FindFiles(varName string) ([]File, error) {
	found, err := find[[]struct {
		Name        string `json:"name"`
		ContentType string `json:"contentType"`
		Size        int64  `json:"size"`
	}](hostFindFiles(varName))
	if err != nil || found == nil {
		return nil, err
	}
	files := make([]File, len(*found))
	for i, f := range *found {
		files[i] = File{Name: f.Name, ContentType: f.ContentType, Item: varName, Index: i, Size: f.Size}
	}
	return files, nil
}

// SetFiles sets a data item to these files. It passes content as bytes, where [SetData]
// encodes it as JSON. The write is committed only if the task succeeds.
func SetFiles(varName string, files []File) error {
	type entry struct {
		Name        string `json:"name"`
		ContentType string `json:"contentType,omitempty"`
		Size        *int   `json:"size,omitempty"`
		Item        string `json:"item,omitempty"`
		Index       int    `json:"index,omitempty"`
	}
	entries := make([]entry, len(files))
	contents := make([][]byte, 0, len(files))
	for i, f := range files {
		entries[i] = entry{Name: f.Name, ContentType: f.ContentType, Item: f.Item, Index: f.Index}
		if f.Item == "" {
			size := len(f.Content)
			entries[i].Size = &size
			contents = append(contents, f.Content)
		}
	}
	text, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	content := join(contents)
	_, err = take(hostSetFiles(varName, view(text), unsafe.Pointer(unsafe.SliceData(content)), uint32(len(content))))
	return err
}

// join returns the pieces as one, without copying if there is only one.
func join(pieces [][]byte) []byte {
	if len(pieces) == 1 {
		return pieces[0]
	}
	size := 0
	for _, p := range pieces {
		size += len(p)
	}
	all := make([]byte, 0, size)
	for _, p := range pieces {
		all = append(all, p...)
	}
	return all
}

// Length returns the number of bytes of the content.
func (f *File) Length() int64 {
	if f.Item != "" {
		return f.Size
	}
	return int64(len(f.Content))
}

// ReadAt implements [io.ReaderAt].
func (f *File) ReadAt(p []byte, offset int64) (n int, err error) {
	if f.Item == "" {
		if offset >= 0 && offset < int64(len(f.Content)) {
			n = copy(p, f.Content[offset:])
		}
	} else {
		for n < len(p) {
			status := hostReadFile(f.Item, uint32(f.Index), offset+int64(n), uint32(min(len(p)-n, maxPiece)))
			if status>>32 != 0 {
				_, err := take(status)
				return n, err
			}
			if uint32(status) == 0 {
				break
			}
			n += int(hostReadResult(unsafe.Pointer(&p[n]), uint32(len(p)-n)))
		}
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

// maxPiece is how many bytes the host is asked for at once.
const maxPiece = 1 << 20

// Reader returns a new reader of the content. It reads from the host what it is asked for,
// so give it a large buffer: that of [io.Copy] does.
func (f *File) Reader() *io.SectionReader { return io.NewSectionReader(f, 0, f.Length()) }

// ReadAll returns the content.
func (f *File) ReadAll() ([]byte, error) {
	if f.Item == "" {
		return f.Content, nil
	}
	content := make([]byte, f.Size)
	if _, err := f.ReadAt(content, 0); err != nil {
		return nil, err
	}
	return content, nil
}
