package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/runtime"
)

func newCatalog(t *testing.T, db *database.DB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func script(name, code string) catalog.Definition {
	return catalog.Definition{Name: name, Main: name + ".js", Files: map[string][]byte{name + ".js": []byte(code)}, Actor: "author"}
}

func register(t *testing.T, c *catalog.Catalog, d catalog.Definition) catalog.Definition {
	t.Helper()
	d, err := c.Register(t.Context(), d, catalog.API, etag.Match{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Each change is a version, the same content is not, and an earlier version can be made
// active again.
func TestVersions(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		first := register(t, c, script("greet", "1"))
		if again := register(t, c, script("greet", "1")); again.Version != 1 {
			t.Errorf("the same again is version %d", again.Version)
		}
		second := register(t, c, script("greet", "2"))
		if first.Version != 1 || second.Version != 2 {
			t.Errorf("%+v, %+v", first, second)
		}
		if err := c.Activate(t.Context(), "greet", 1); err != nil {
			t.Fatal(err)
		}
		d, err := c.Definition(t.Context(), "greet", 0)
		if err != nil || d.Version != 1 || string(d.Files["greet.js"]) != "1" || d.Actor != "author" {
			t.Errorf("%+v, %v, want the first version", d, err)
		}
		if d, err := c.Definition(t.Context(), "greet", 2); err != nil || string(d.Files["greet.js"]) != "2" {
			t.Errorf("%+v, %v, want the second version", d, err)
		}
		if third := register(t, c, script("greet", "3")); third.Version != 3 {
			t.Errorf("version %d, want 3", third.Version)
		}
		versions, err := c.Versions(t.Context(), "greet")
		if err != nil || len(versions) != 3 || versions[0].Version != 3 {
			t.Errorf("%+v, %v", versions, err)
		}
		if err := c.Activate(t.Context(), "greet", 0); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Definition(t.Context(), "greet", 0); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("the active version of a task that has none: %v", err)
		}
		for _, err := range []error{c.Activate(t.Context(), "greet", 9), c.Activate(t.Context(), "nosuch", 1), c.Delete(t.Context(), "nosuch", etag.Match{}), c.DeleteVersion(t.Context(), "greet", 9), c.DeleteVersion(t.Context(), "nosuch", 1)} {
			if !errors.Is(err, catalog.ErrNotFound) {
				t.Error(err)
			}
		}
		// A version is deleted unless it is active, and its number is not used again.
		if err := c.Activate(t.Context(), "greet", 1); err != nil {
			t.Fatal(err)
		}
		if err := c.DeleteVersion(t.Context(), "greet", 1); !errors.Is(err, catalog.ErrConflict) {
			t.Errorf("the active version: %v", err)
		}
		task, err := c.Task(t.Context(), "greet")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.DeleteVersion(t.Context(), "greet", task.Newest); err != nil {
			t.Error(err)
		}
		if _, err := c.Definition(t.Context(), "greet", task.Newest); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("after it was deleted: %v", err)
		}
		if d := register(t, c, script("greet", "newer")); d.Version != task.Newest+1 {
			t.Errorf("version %d after %d", d.Version, task.Newest)
		}
		if err := c.Delete(t.Context(), "greet", etag.Match{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Task(t.Context(), "greet"); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
	})
}

// Of several who change the version that they have read, one succeeds.
func TestMatch(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		var wg sync.WaitGroup
		results := make([]error, 6)
		for i := range results {
			wg.Go(func() {
				_, results[i] = c.Register(t.Context(), script("greet", fmt.Sprint(i)), catalog.API, etag.Match{New: true})
			})
		}
		wg.Wait()
		done := 0
		for _, err := range results {
			if err == nil {
				done++
			} else if !errors.Is(err, etag.ErrChanged) {
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("%d of 6 added the task", done)
		}
		task, err := c.Task(t.Context(), "greet")
		if err != nil {
			t.Fatal(err)
		}
		before := etag.Match{Tags: task.ETag()}
		register(t, c, script("greet", "changed"))
		if _, err := c.Register(t.Context(), script("greet", "mine"), catalog.API, before); !errors.Is(err, etag.ErrChanged) {
			t.Errorf("changed meanwhile: %v", err)
		}
		if err := c.Delete(t.Context(), "greet", before); !errors.Is(err, etag.ErrChanged) {
			t.Errorf("deleted although it was changed: %v", err)
		}
		if err := c.Activate(t.Context(), "greet", 0); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Register(t.Context(), script("greet", "new"), catalog.API, etag.Match{New: true}); !errors.Is(err, etag.ErrChanged) {
			t.Errorf("added in place of one that is not active: %v", err)
		}
		if task, err = c.Task(t.Context(), "greet"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Register(t.Context(), script("greet", "new"), catalog.API, etag.Match{Tags: task.ETag()}); err != nil {
			t.Errorf("changed one that is not active: %v", err)
		}
		if _, err := c.Register(t.Context(), script("other", "new"), catalog.API, etag.Match{Tags: "*"}); !errors.Is(err, etag.ErrChanged) {
			t.Errorf("changed one that does not exist: %v", err)
		}
		if _, err := c.Task(t.Context(), "other"); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("it exists all the same: %v", err)
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		for _, name := range []string{"b_c", "a", "bXc", "B.c"} {
			register(t, c, script(name, "1"))
		}
		list := func(text, after string, limit int) (names []string) {
			tasks, err := c.Tasks(t.Context(), text, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range tasks {
				names = append(names, task.Name)
			}
			return names
		}
		all := list("", "", 10)
		if len(all) != 4 {
			t.Errorf("all: %q", all)
		}
		var paged []string
		for after := ""; ; after = paged[len(paged)-1] {
			page := list("", after, 3)
			paged = append(paged, page...)
			if len(page) < 3 {
				break
			}
		}
		if !slices.Equal(paged, all) {
			t.Errorf("in pages: %q, want %q", paged, all)
		}
		if got := list("b_", "", 10); !slices.Equal(got, []string{"b_c"}) {
			t.Errorf("search b_: %q", got)
		}
		if got := list("%", "", 10); len(got) != 0 {
			t.Errorf("search %%: %q", got)
		}
		if got := list("b.", "", 10); !slices.Equal(got, []string{"B.c"}) {
			t.Errorf("search b.: %q", got)
		}
	})
}

func TestBadDefinitions(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, databasetest.Open(t, databasetest.SQLiteURL(t)))
	files := func(names ...string) map[string][]byte {
		all := map[string][]byte{"a.js": {}}
		for _, name := range names {
			all[name] = []byte{}
		}
		return all
	}
	for want, d := range map[string]catalog.Definition{
		"the name is not one of a task":    {Name: "../a", Main: "a.js", Files: files()},
		"none of the files":                {Name: "a", Main: "b.js", Files: files()},
		"the name of a file is not valid":  {Name: "a", Main: "a.js", Files: files("../b.js")},
		"the name of a file is not valid:": {Name: "a", Main: "a.js", Files: files("/etc/passwd")},
		"its files have more than 16 MiB":  {Name: "a", Main: "a.js", Files: map[string][]byte{"a.js": make([]byte, catalog.MaxBytes+1)}},
		"retries is not between 0 and 20":  {Name: "a", Main: "a.js", Files: files(), Options: catalog.Options{Retries: 21}},
		"priority is not between 1 and 4":  {Name: "a", Main: "a.js", Files: files(), Options: catalog.Options{Priority: 5}},
	} {
		_, err := c.Register(t.Context(), d, catalog.API, etag.Match{})
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(want, ":")) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func newLoader(t *testing.T, c *catalog.Catalog) (*catalog.Loader, *runtime.Engine) {
	t.Helper()
	engine := runtime.New(runtime.Config{})
	t.Cleanup(func() { _ = engine.Close() })
	return catalog.NewLoader(c, engine), engine
}

const taskFile = `script = "lib/greet.js"
[data.q_name]
type = "STRING_TEXTFIELD"
value = "Ada"
[data.q_out]
type = "STRING_TEXTFIELD"
`

const greeting = `function main() { engine.setDataByVarName("q_out", "Hello, " + engine.findDataByVarName("q_name")); }`

// A task file is run with the script that was sent with it, and values of the run.
func TestLoad(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		loader, engine := newLoader(t, c)
		register(t, c, catalog.Definition{
			Name: "greet", Main: "greet.toml", Files: map[string][]byte{"greet.toml": []byte(taskFile), "lib/greet.js": []byte(greeting)},
		})
		loaded, err := loader.Load(t.Context(), "greet", 0)
		if err != nil {
			t.Fatal(err)
		}
		for data, want := range map[string]string{`{}`: "Hello, Ada", `{"q_name": "Grace"}`: "Hello, Grace"} {
			var values map[string]any
			if err := json.Unmarshal([]byte(data), &values); err != nil {
				t.Fatal(err)
			}
			task, err := loaded.Prepare(t.Context(), values, nil)
			if err != nil {
				t.Fatal(err)
			}
			result, err := engine.Run(t.Context(), task)
			if err != nil || result.Data["q_out"] != want {
				t.Errorf("%v, %v, want %q", result.Data, err, want)
			}
		}
		if _, err := loaded.Prepare(t.Context(), map[string]any{"q_nosuch": 1}, nil); err == nil {
			t.Error("an item that the task does not declare was accepted")
		}
		if again, err := loader.Load(t.Context(), "greet", 1); err != nil || again != loaded {
			t.Errorf("loaded again: %v", err)
		}
	})
}

const addonFile = `<?xml version="1.0" encoding="UTF-8"?>
<service-task-definition>
<label>Copy</label>
<last-modified>2026-01-31</last-modified>
<engine-type>3</engine-type>
<addon-version>2</addon-version>
<configs>
<config name="conf_Out" form-type="SELECT" select-data-type="STRING" required="true"><label>Out</label></config>
<config name="conf_Text" form-type="TEXTFIELD"><label>Text</label></config>
</configs>
<script><![CDATA[
function main() { engine.setData(configs.getObject("conf_Out"), configs.get("conf_Text")); }
]]></script>
</service-task-definition>
`

// The settings of an add-on are options of the task.
func TestLoadAddon(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, databasetest.Open(t, databasetest.SQLiteURL(t)))
	loader, _ := newLoader(t, c)
	register(t, c, catalog.Definition{
		Name: "copy", Main: "copy.xml", Files: map[string][]byte{"copy.xml": []byte(addonFile)},
		Options: catalog.Options{Settings: map[string]string{"conf_Out": "q_out", "conf_Text": "copied"}},
	})
	loaded, err := loader.Load(t.Context(), "copy", 0)
	if err != nil {
		t.Fatal(err)
	}
	isUnset := func(w string) bool { return strings.HasPrefix(w, "the setting conf_Out is required") }
	if slices.ContainsFunc(loaded.Warnings, isUnset) {
		t.Errorf("warnings: %q", loaded.Warnings)
	}
	unset, err := loader.Check(t.Context(), catalog.Definition{Name: "unset", Main: "copy.xml", Files: map[string][]byte{"copy.xml": []byte(addonFile)}})
	if err != nil || !slices.ContainsFunc(unset.Warnings, isUnset) {
		t.Errorf("without a required setting: %q, %v", unset.Warnings, err)
	}
	task, err := loaded.Prepare(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := loaded.Addon.Run(t.Context(), task)
	if err != nil || outcome.Data["q_out"] != "copied" {
		t.Errorf("%+v, %v", outcome, err)
	}
}

// A definition that cannot be run is refused with the place.
func TestCheck(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, databasetest.Open(t, databasetest.SQLiteURL(t)))
	loader, _ := newLoader(t, c)
	for want, d := range map[string]catalog.Definition{
		"a.js:2:": script("a", "let x;\nlet x;"),
		"b.toml:1:1: script: gone.js: there is no such file": {Name: "b", Main: "b.toml", Files: map[string][]byte{"b.toml": []byte(`script = "gone.js"`)}},
		"c.toml:1:1: script: ../../c.js: there is":           {Name: "c", Main: "c.toml", Files: map[string][]byte{"c.toml": []byte(`script = "../../c.js"`)}},
		"oauth.toml: not a task":                             {Name: "d", Main: "oauth.toml", Files: map[string][]byte{"oauth.toml": []byte("[connections.x]")}},
	} {
		_, err := loader.Check(t.Context(), d)
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || !strings.HasPrefix(e.Detail(), want) {
			t.Errorf("%s, want %q", e.Detail(), want)
		}
	}
}

// folder is a folder of tasks.
type folder struct {
	*testing.T
	reader *catalog.FolderReader
	clock  time.Time // each write is at another time, also within the resolution of the file system
}

func newFolder(t *testing.T, c *catalog.Catalog) *folder {
	t.Helper()
	loader, _ := newLoader(t, c)
	return &folder{T: t, clock: time.Now().Add(-time.Hour), reader: &catalog.FolderReader{
		Catalog: c, Path: t.TempDir(),
		Check: func(ctx context.Context, d catalog.Definition) error { _, err := loader.Check(ctx, d); return err },
	}}
}

func (f *folder) write(name, content string) {
	f.Helper()
	file := filepath.Join(f.reader.Path, name)
	f.clock = f.clock.Add(time.Second)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600), os.Chtimes(file, f.clock, f.clock)); err != nil {
		f.Fatal(err)
	}
}

func (f *folder) remove(name string) {
	f.Helper()
	if err := os.Remove(filepath.Join(f.reader.Path, name)); err != nil {
		f.Fatal(err)
	}
}

// read returns the changes as "name version" or "name: error", sorted.
func (f *folder) read() string {
	f.Helper()
	changes, err := f.reader.Read(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	var all []string
	for _, c := range changes {
		if e, ok := errors.AsType[*hostapi.Error](c.Err); ok {
			all = append(all, c.Name+": "+e.Detail())
		} else {
			all = append(all, fmt.Sprintf("%s %d", c.Name, c.Version))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// A folder is read again when a file changes. A file in error leaves the version before it
// active, and a file that was removed deactivates its task.
func TestFolder(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		f := newFolder(t, c)
		f.write("greet.toml", taskFile)
		f.write("lib/greet.js", greeting)
		f.write("plain.js", "1")
		f.write("plain.test.js", "1")
		f.write("oauth.toml", "[connections.x]")
		f.write("notes.md", "")
		f.write("copy.xml", addonFile)
		f.write("copy.json", `{"settings": {"conf_Out": "q_out"}, "retries": 3}`)
		steps := []struct {
			name string
			do   func()
			want string
		}{
			{"first", func() {}, "copy 1; greet 1; plain 1"},
			{"nothing", func() {}, ""},
			{"touched", func() { f.write("plain.js", "1") }, ""},
			{"changed", func() { f.write("plain.js", "2") }, "plain 2"},
			{"the script of a task file", func() { f.write("lib/greet.js", greeting+"//") }, "greet 2"},
			{"options", func() { f.write("copy.json", `{"settings": {"conf_Out": "q_out"}}`) }, "copy 2"},
			{"unknown option", func() { f.write("copy.json", `{"setting": {}}`) }, `copy: copy.json:1: there is no member "setting"`},
			{"wrong kind of option", func() { f.write("copy.json", "{\n\"rate\": {\"runs\": 2}\n}") }, "copy: copy.json:2: rate cannot be a JSON object"},
			{"two values", func() { f.write("copy.json", "{} {}") }, "copy: copy.json: not valid JSON: something follows the value"},
			{"broken", func() { f.write("copy.json", `{}`); f.write("plain.js", "let x = ;") }, "copy 3; plain: plain.js:1:9: syntax error: unexpected token ;"},
			{"told once", func() { f.write("notes.md", "x") }, ""},
			{"corrected", func() { f.write("plain.js", "3") }, "plain 3"},
			{"a limit", func() { f.write("lib/greet.js", greeting); f.write("greet.toml", taskFile+"[limits]\ntime = \"5s\"\n") }, "greet 3"},
			{"the script of a task file in error", func() { f.write("plain.toml", "script = \"plain.js\"\nlimit = 1") }, "plain: plain.toml:2:1: limit: unknown key\nhint: did you mean limits? the keys are script, request, connections, allow, data, settings, process, limits"},
			{"not a task any more", func() { f.remove("plain.toml"); f.write("greet.toml", `file = "lib/greet.js"`) }, "greet: greet.toml: not a task\nhint: a task file names its script: script = \"name.js\""},
			{"not even TOML", func() { f.write("greet.toml", "a = [") }, "greet: greet.toml:1:5: not valid TOML here\nhint: write text in quotes and close them on the same line"},
			{"the same name", func() { f.write("plain.toml", `script = "plain.js"`) }, "plain 4"},
			{"removed", func() { f.remove("greet.toml"); f.remove("plain.toml") }, "greet 0; plain 5"},
			{"back again", func() { f.write("greet.toml", taskFile) }, "greet 4"},
			{"two of a name", func() { f.write("plain.toml", taskFile) }, "plain: read folder of tasks " + f.reader.Path + ": plain.toml and plain.js would both be the task plain: rename one"},
			{"one of them removed", func() { f.remove("plain.toml") }, ""},
		}
		for _, step := range steps {
			step.do()
			if got := f.read(); got != step.want {
				t.Errorf("%s: %s, want %s", step.name, got, step.want)
			}
		}
		if _, err := c.Register(t.Context(), script("plain", "9"), catalog.API, etag.Match{}); !errors.Is(err, catalog.ErrFolder) {
			t.Errorf("registered by the API: %v", err)
		}
		if err := c.Delete(t.Context(), "plain", etag.Match{}); !errors.Is(err, catalog.ErrFolder) {
			t.Errorf("deleted by the API: %v", err)
		}
		if err := c.DeleteVersion(t.Context(), "plain", 1); !errors.Is(err, catalog.ErrFolder) {
			t.Errorf("a version deleted by the API: %v", err)
		}
		register(t, c, script("other", "1"))
		f.write("other.js", "2")
		if got := f.read(); !strings.HasPrefix(got, "other: register task other: a task of that name was registered by the API") {
			t.Errorf("a file with the name of a task of the API: %s", got)
		}
	})
}

// Nodes whose folders differ do not undo each other's changes: the last one counts, until a node starts.
func TestFoldersOfNodes(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		old, updated := newFolder(t, c), newFolder(t, c)
		for _, f := range []*folder{old, updated} {
			f.write("greet.js", "1")
			f.write("plain.js", "1")
		}
		steps := []struct {
			name string
			node *folder
			do   func()
			want string
		}{
			{"first", old, func() {}, "greet 1; plain 1"},
			{"the same", updated, func() {}, ""},
			{"changed and added", updated, func() { updated.write("greet.js", "2"); updated.write("new.js", "1") }, "greet 2; new 1"},
			{"another file of the old node", old, func() { old.write("plain.js", "2") }, "plain 2"},
			{"removed", updated, func() { updated.remove("plain.js") }, "plain 0"},
			{"added to the old node", old, func() { old.write("more.js", "1") }, "more 1"},
			{"changed on the old node", old, func() { old.write("greet.js", "3") }, "greet 3"},
			{"the old node starts", old, func() { old.reader = &catalog.FolderReader{Catalog: c, Path: old.reader.Path, Check: old.reader.Check} }, "new 0; plain 2"},
		}
		for _, step := range steps {
			step.do()
			if got := step.node.read(); got != step.want {
				t.Errorf("%s: %s, want %s", step.name, got, step.want)
			}
		}
	})
}

// A folder that is not there is told once, and again after it was.
func TestFolderIsMissing(t *testing.T) {
	t.Parallel()
	f := newFolder(t, newCatalog(t, databasetest.Open(t, databasetest.SQLiteURL(t))))
	folder := f.reader.Path
	f.reader.Path = filepath.Join(folder, "tasks")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := make(chan error)
	go f.reader.Watch(ctx, time.Millisecond, func(_ []catalog.Change, err error) {
		select {
		case told <- err:
		case <-ctx.Done():
		}
	})
	// What is written between two looks may be told in two parts.
	until := func(what string, failed bool) {
		deadline := time.After(30 * time.Second)
		for {
			select {
			case err := <-told:
				if (err != nil) == failed {
					return
				}
			case <-deadline:
				t.Fatalf("never told: %s", what)
			}
		}
	}
	until("the folder is missing", true)
	f.write("a.js", "1") // makes the folder
	until("the folder is there", false)
	if err := os.Rename(f.reader.Path, folder+"/old"); err != nil {
		t.Fatal(err)
	}
	until("the folder was removed", true)
}

// Nothing outside of the folder is read.
func TestFolderEscape(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, databasetest.Open(t, databasetest.SQLiteURL(t)))
	f := newFolder(t, c)
	secret := filepath.Join(t.TempDir(), "secret.js")
	if err := os.WriteFile(secret, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(f.reader.Path, "link.js")); err != nil {
		t.Fatal(err)
	}
	f.write("a.toml", fmt.Sprintf("script = %q", secret))
	f.write("b.toml", `script = "../secret.js"`)
	got := f.read()
	if !strings.Contains(got, "there is no such file") || !strings.Contains(got, "b: read ../secret.js: path escapes") || !strings.Contains(got, "link: read folder of tasks") {
		t.Error(got)
	}
	if tasks, err := c.Tasks(t.Context(), "", "", 10); err != nil || len(tasks) != 0 {
		t.Errorf("%+v, %v", tasks, err)
	}
}
