package template

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// builtin has the templates that come with Postern, as NAME.toml.
//
//go:embed builtin
var builtin embed.FS

// Names returns the names of the built-in templates, sorted.
func Names() []string {
	files, _ := fs.Glob(builtin, "builtin/*.toml") // the pattern is valid
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(file, "builtin/"), ".toml")
	}
	slices.Sort(names)
	return names
}

// Builtin returns the built-in template of that name. The error for another name has
// [hostapi.CodeConfig].
func Builtin(name string) (*Template, error) {
	text, err := builtin.ReadFile("builtin/" + name + ".toml")
	if err != nil || strings.Contains(name, "/") {
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: "template", Name: name, Message: "there is no such template"}
	}
	return Parse(name, text)
}
