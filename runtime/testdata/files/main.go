//go:build wasip1

// Command files does what q_do says with the file in q_in.
package main

import (
	"fmt"
	"io"

	postern "github.com/postern-dev/postern/guest/go"
)

//go:wasmexport run
func run() int32 { return postern.Run(task) }

func main() {}

func task() error {
	var do, url string
	if err := postern.FindData("q_do", &do); err != nil {
		return err
	}
	if err := postern.FindData("q_url", &url); err != nil {
		return err
	}
	files, err := postern.FindFiles("q_in")
	if err != nil {
		return err
	}
	f := files[0]
	switch do {
	case "body":
		return answer(postern.Begin().BodyFile(f).Put(url))
	case "part":
		return answer(postern.Begin().PartFile("file", f).Post(url))
	case "pieces":
		n, err := io.Copy(io.Discard, f.Reader())
		if err != nil {
			return err
		}
		return postern.SetData("q_out", n)
	case "reference":
		return postern.SetFiles("q_copy", files)
	case "bytes": // all of it into the task, and out again
		content, err := f.ReadAll()
		if err != nil {
			return err
		}
		return postern.SetFiles("q_copy", []postern.File{{Name: f.Name, ContentType: f.ContentType, Content: content}})
	}
	return fmt.Errorf("cannot do %q", do)
}

func answer(response *postern.Response, err error) error {
	if err != nil {
		return err
	}
	return postern.SetData("q_out", response.Text())
}
