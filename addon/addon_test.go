package addon_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// definitionOf is a service task with the elements of inner beside those that every
// definition needs.
func definitionOf(inner string) string {
	return fmt.Sprintf("<service-task-definition><label>Test</label>%s<icon>%s</icon></service-task-definition>", inner, icon)
}

// icon is a picture of one pixel.
const icon = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGMwTpsJAAICATNWh+JUAAAAAElFTkSuQmCC"

const script = "<script>main()</script>"

func parse(t *testing.T, text string) *addon.Definition {
	t.Helper()
	d, err := addon.Parse("test.xml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// parseFile reads a definition of testdata.
func parseFile(t *testing.T, name string) *addon.Definition {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	d, err := addon.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range d.Warnings {
		t.Error("unexpected warning:", w)
	}
	return d
}

func compile(t *testing.T, d *addon.Definition, cfg runtime.Config) *addon.Addon {
	t.Helper()
	a, err := addon.Compile(t.Context(), runtime.New(cfg), d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wantError checks the code of err and its text.
func wantError(t *testing.T, err error, code hostapi.Code, detail string) {
	t.Helper()
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		t.Fatalf("error %#v, want a hostapi.Error: %s", err, detail)
	}
	if e.Code != code || e.Detail() != detail {
		t.Errorf("error %s\n%s\nwant %s\n%s", e.Code, e.Detail(), code, detail)
	}
}

func lines(text ...string) string { return strings.Join(text, "\n") }
