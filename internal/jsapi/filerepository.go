package jsapi

import (
	"errors"
	"io"
	"math"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
	"github.com/postern-dev/postern/internal/limit"
)

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
	if err := c.most("(file) or (file, charset) or (file, charset, f) or (file, size, f)"); err != nil {
		return nil, err
	}
	if len(c.args) < 2 {
		content, err := a.fileContent(c.op, f)
		return a.object(byteArrayClass, byteArray(content)), err
	}
	_, isText := c.args[1].(goja.String)
	if len(c.args) < 3 {
		if !isText {
			return nil, invalid(c.op, "the second argument is "+typeName(c.args[1])+", not the name of a charset", "")
		}
		content, err := a.fileContent(c.op, f)
		if err != nil {
			return nil, err
		}
		text, err := decodeText(c.args[1].String(), content)
		return a.vm.ToValue(text), err
	}
	each, ok := goja.AssertFunction(c.args[2])
	if !ok {
		return nil, invalid(c.op, "the third argument is "+typeName(c.args[2])+", not a function", "")
	}
	if isText {
		return goja.Undefined(), a.eachLine(c, f, each)
	}
	return goja.Undefined(), a.eachPacket(c, f, each)
}

func decodeText(name string, content []byte) (string, error) {
	cs, err := charsetOf(name)
	if err != nil {
		return "", err
	}
	return cs.Decode(content), nil
}

func (a *API) eachLine(c call, f *hostapi.File, each goja.Callable) error {
	cs, err := charsetOf(c.args[1].String())
	if err != nil {
		return err
	}
	r := f.Reader(a.ctx)
	defer r.Close() //nolint:errcheck // it has been read
	for line, err := range cs.Lines(r, a.mostAtOnce(f)) {
		if errors.Is(err, charset.ErrLongLine) {
			return a.tooLargeAtOnce(c.op, f)
		}
		if err != nil {
			return err
		}
		if _, err := each(goja.Undefined(), a.vm.ToValue(line)); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) eachPacket(c call, f *hostapi.File, each goja.Callable) error {
	size, err := c.count(1, "size", math.MaxInt32)
	if err != nil {
		return err
	}
	if size == 0 {
		return invalid(c.op, "the size of a packet is 0", "")
	}
	r := f.Reader(a.ctx)
	defer r.Close() //nolint:errcheck // it has been read
	for left := f.Length(); left > 0; {
		n := min(int64(size), left)
		if n > a.mostAtOnce(f) {
			return a.tooLargeAtOnce(c.op, f)
		}
		packet := make(byteArray, n)
		if _, err := io.ReadFull(r, packet); err != nil {
			return err
		}
		if _, err := each(goja.Undefined(), a.object(byteArrayClass, packet)); err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// fileContent returns the whole content of a file.
func (a *API) fileContent(op string, f *hostapi.File) ([]byte, error) {
	if f.Length() > a.mostAtOnce(f) {
		return nil, a.tooLargeAtOnce(op, f)
	}
	return f.ReadAll(a.ctx, f.Length())
}

// mostAtOnce returns how many bytes of f the script may hold. Those of a file in memory are
// held already.
func (a *API) mostAtOnce(f *hostapi.File) int64 {
	if f.Open == nil {
		return math.MaxInt64
	}
	return max(a.memory, 0)
}

func (a *API) tooLargeAtOnce(op string, f *hostapi.File) error {
	e := limit.Reached(hostapi.Limits{Memory: a.mostAtOnce(f)}, "memory")
	e.Op, e.Name, e.Hint = op, f.Name, "read the file in packets, with fileRepository.readFile(file, size, f), or "+e.Hint
	return e
}
