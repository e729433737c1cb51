package catalog

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/runtime"
)

// Loaded is a version of a task that is ready to run. It is immutable.
type Loaded struct {
	Definition Definition        // without its files
	Sources    map[string][]byte // texts whose lines an error may show, by what errors call them
	Warnings   []string

	Addon *addon.Addon // nil for a script

	task   *taskfile.Task
	script *runtime.Script
}

// Loader compiles tasks for an engine, and keeps those that were used last. It is safe
// for concurrent use.
type Loader struct {
	catalog *Catalog
	engine  *runtime.Engine
	once    singleflight.Group // by name and version

	mu     sync.Mutex
	loaded map[string]*Loaded
	recent []string // keys of loaded, the last used at the end
}

// NewLoader returns a Loader.
func NewLoader(c *Catalog, engine *runtime.Engine) *Loader {
	return &Loader{catalog: c, engine: engine, loaded: make(map[string]*Loaded)}
}

// keptLoaded is how many versions stay loaded.
const keptLoaded = 256

// Load returns a version of a task; version 0 is the active one.
func (l *Loader) Load(ctx context.Context, name string, version int64) (*Loaded, error) {
	if version == 0 {
		var err error
		if version, err = l.catalog.active(ctx, name); err != nil {
			return nil, err
		}
	}
	key := fmt.Sprintf("%d %s", version, name)
	if loaded := l.find(key); loaded != nil {
		return loaded, nil
	}
	// The work goes on if one of those who wait for it leaves.
	waits := l.once.DoChan(key, func() (any, error) {
		ctx := context.WithoutCancel(ctx)
		d, err := l.catalog.Definition(ctx, name, version)
		if err != nil {
			return nil, err
		}
		loaded, err := l.Check(ctx, d)
		if err != nil {
			return nil, err
		}
		l.keep(key, loaded)
		return loaded, nil
	})
	select {
	case done := <-waits:
		loaded, _ := done.Val.(*Loaded)
		return loaded, done.Err
	case <-ctx.Done():
		return nil, &hostapi.Error{Code: hostapi.CodeOf(ctx.Err()), Op: "load task", Name: name, Message: ctx.Err().Error(), Cause: ctx.Err()}
	}
}

func (l *Loader) find(key string) *Loaded {
	l.mu.Lock()
	defer l.mu.Unlock()
	loaded := l.loaded[key]
	if loaded != nil {
		l.use(key)
	}
	return loaded
}

func (l *Loader) keep(key string, loaded *Loaded) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loaded[key] = loaded
	l.use(key)
	if len(l.recent) > keptLoaded {
		delete(l.loaded, l.recent[0])
		l.recent = l.recent[1:]
	}
}

// use moves a key to the end. The list is short.
func (l *Loader) use(key string) {
	for i, other := range l.recent {
		if other == key {
			l.recent = append(l.recent[:i], l.recent[i+1:]...)
			break
		}
	}
	l.recent = append(l.recent, key)
}

// Check reads and compiles a definition without storing it. Errors have positions in its
// files.
func (l *Loader) Check(ctx context.Context, d Definition) (*Loaded, error) {
	if err := d.check("check task"); err != nil {
		return nil, err
	}
	loaded := &Loaded{Definition: d, Sources: make(map[string][]byte)}
	loaded.Definition.Files = nil
	reader := taskfile.Reader{
		Ceiling: l.engine.Limits(),
		Show:    func(file string, source []byte) { loaded.Sources[file] = source },
		Warn:    func(text string) { loaded.Warnings = append(loaded.Warnings, text) },
		ReadScript: func(name string) ([]byte, error) {
			content, ok := d.Files[path.Clean(filepath.ToSlash(name))]
			if !ok {
				return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: "read " + name, Message: "there is no such file", Hint: "send it with the task, or put it into the folder of tasks"}
			}
			return bytes.TrimPrefix(content, []byte("\ufeff")), nil
		},
	}
	content := d.Files[d.Main]
	kind := taskfile.KindOf(d.Main, content)
	if kind != taskfile.KindScript {
		content = bytes.TrimPrefix(content, []byte("\ufeff"))
	}
	var err error
	if loaded.task, err = reader.Parse(d.Main, content, kind); err != nil {
		return loaded, err
	}
	if definition := loaded.task.Definition; definition != nil {
		loaded.Addon, err = addon.Compile(ctx, l.engine, definition)
		loaded.warnUnset(definition)
		return loaded, err
	}
	loaded.script, err = l.engine.Compile(ctx, runtime.Source{Name: loaded.task.Script, Code: loaded.task.Source})
	return loaded, err
}

// warnUnset warns of settings without which no run can begin.
func (l *Loaded) warnUnset(d *addon.Definition) {
	for i := range d.Configs {
		if c := &d.Configs[i]; c.Required && c.DependsOn == "" && l.Definition.Options.Settings[c.Name] == "" {
			l.Warnings = append(l.Warnings, "the setting "+c.Name+" is required and has no value: runs are refused until it has one")
		}
	}
}

// Prepare returns the task of a run, with the values that it gets: JSON values by the names of
// data items, and those that the task file gives. Names of connections are those that the settings of an
// add-on may choose.
func (l *Loaded) Prepare(ctx context.Context, data map[string]any, connections []string) (runtime.Task, error) {
	t := *l.task
	t.Data, t.Settings = maps.Clone(t.Data), maps.Clone(t.Settings)
	if t.Definition != nil {
		t.Items = append([]hostapi.Item{}, l.Definition.Options.Items...)
		t.InferItems(l.Definition.Options.Settings)
		items, err := hostapi.CheckItems(t.Items)
		if err != nil {
			return runtime.Task{}, err
		}
		t.Items = items
	}
	for name, value := range data {
		if err := t.Set("data", name, value); err != nil {
			return runtime.Task{}, err
		}
	}
	if t.Definition != nil {
		if err := t.Configure(ctx, l.Definition.Options.Settings, connections); err != nil {
			return runtime.Task{}, err
		}
	}
	task := t.Runtime(l.script)
	rules, err := l.Definition.Options.rules()
	if err != nil {
		return runtime.Task{}, err
	}
	task.Allow = append(slices.Clip(task.Allow), rules...)
	task.Connections = append(slices.Clip(task.Connections), l.Definition.Options.Connections...)
	if l.script != nil && l.script.OnlyDeclares(taskfile.MainFunction) && l.script.Declares(taskfile.MainFunction) {
		task.Call = taskfile.MainFunction
	}
	return task, nil
}

// IsPlain reports whether the task is a script alone, which says neither what data items
// it has nor what it may use.
func (l *Loaded) IsPlain() bool { return l.task.Plain }

// Items returns the data items that the task declares; nil if any may be used.
func (l *Loaded) Items() []hostapi.Item { return l.task.Items }

// Connections returns the connections that the task file lists.
func (l *Loaded) Connections() []string { return l.task.Connections }

// IsRequest reports whether the task is a request without a script.
func (l *Loaded) IsRequest() bool { return l.task.Request }

// Locate returns an error of a run of the task with its place in a file of the task.
func (l *Loaded) Locate(err error) error { return l.task.Locate(err) }

// ScriptName returns the name of the script's file.
func (l *Loaded) ScriptName() string { return l.task.Script }
