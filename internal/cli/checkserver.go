package cli

import (
	"errors"
	"os"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/server"
)

// server returns what postern serve would refuse of a configuration file, and of the files
// that it names. The network is not used.
func (c *checker) server(path string) error {
	settings, err := server.ReadConfig(path, c.app.env.LookupEnv)
	if err != nil {
		return err
	}
	var mistakes []error
	for _, file := range settings.Connections {
		_, err := connection.Load(file, c.app.withSecrets())
		mistakes = append(mistakes, err)
	}
	if settings.CertFile != "" {
		_, err := certificate(settings)
		mistakes = append(mistakes, err)
	}
	if settings.Tasks != "" {
		mistakes = append(mistakes, checkFolder(path, settings.Tasks))
	}
	if settings.Key != "" {
		_, err := c.app.resolveStore(storePlaces(settings))
		mistakes = append(mistakes, err)
	}
	_, err = settings.NotifySecret()
	return errors.Join(append(mistakes, err)...)
}

func checkFolder(file, folder string) error {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "tasks", Name: folder, File: file, Message: "there is no such folder"}
	case err != nil:
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "tasks", Name: folder, File: file, Message: input.Reason(err)}
	case !info.IsDir():
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "tasks", Name: folder, File: file, Message: "is not a folder"}
	}
	return nil
}
