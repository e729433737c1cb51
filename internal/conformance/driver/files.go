//go:build wasip1

package main

import (
	"fmt"
	"io"

	postern "github.com/postern-dev/postern/guest/go"
)

// fileAt returns a file of a data item, which stays with the host.
func fileAt(name string, index int) (postern.File, error) {
	files, err := postern.FindFiles(name)
	if err != nil {
		return postern.File{}, err
	}
	if index >= len(files) {
		return postern.File{}, fmt.Errorf("no file %d", index)
	}
	return files[index], nil
}

// pieces reads a file ten bytes at a time, and returns how many each piece has.
func (c *call) pieces() (any, error) {
	f, err := fileAt(c.Name, int(c.Number))
	if err != nil {
		return nil, err
	}
	sizes, r, piece := []int{}, f.Reader(), make([]byte, 10)
	for {
		n, err := io.ReadFull(r, piece)
		if n > 0 {
			sizes = append(sizes, n)
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return sizes, nil
		default:
			return nil, err
		}
	}
}

func (c *call) copyFiles() (any, error) {
	files, err := postern.FindFiles(c.Name)
	if err != nil {
		return nil, err
	}
	return nil, postern.SetFiles(c.To, files)
}

func (c *call) postFile() (any, error) {
	f, err := fileAt(c.Name, 0)
	if err != nil {
		return nil, err
	}
	return postern.PostFeed(&postern.FeedPost{Message: "m", Files: []postern.File{f}})
}
