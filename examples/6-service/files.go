package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"

	"github.com/postern-dev/postern/hostapi"
)

// putFile stores a file that tasks of the tenant can be given. Its size has no bound here:
// neither the service nor a task holds it in memory.
func (s *service) putFile(w http.ResponseWriter, r *http.Request) error {
	tenant, name := r.PathValue("tenant"), r.PathValue("file")
	if _, err := s.manager(r); err != nil {
		return err
	}
	if err := (&hostapi.File{Name: name}).Check(); err != nil {
		return err
	}
	if err := s.files.MkdirAll(path.Join("files", tenant), 0o700); err != nil {
		return err
	}
	file, err := s.files.Create(path.Join("files", tenant, name))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r.Body)
	return errors.Join(err, file.Close())
}

// file returns the value of a data item with a file of a tenant by reference: it is opened when a script reads it.
func (s *service) file(tenant, name string) ([]*hostapi.File, error) {
	if err := (&hostapi.File{Name: name}).Check(); err != nil {
		return nil, err
	}
	place := path.Join("files", tenant, name)
	info, err := s.files.Stat(place)
	if err != nil {
		return nil, notFound("file")
	}
	return []*hostapi.File{{
		Name: name, ContentType: "application/octet-stream", Size: info.Size(),
		Open: func(context.Context) (io.ReadSeekCloser, error) { return s.files.Open(place) },
	}}, nil
}
