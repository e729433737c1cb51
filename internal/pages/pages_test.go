package pages

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

// The Content-Security-Policy allows no script and no style in a page.
func TestNothingInline(t *testing.T) {
	t.Parallel()
	inline := regexp.MustCompile(`(?i)\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:|<script(?:\s[^>]*)?>\s*[^<\s]`)
	err := fs.WalkDir(templateFiles, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(templateFiles, name)
		if found := inline.Find(content); found != nil {
			t.Errorf("%s has %s", name, found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// After signing in, the browser goes to a page of this server only.
func TestLocalPath(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/runs?state=failed": "/runs?state=failed", "": "/", "runs": "/", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example/": "/",
		"/\t/evil.example": "/", "javascript:alert(1)": "/", "/\n/evil.example": "/", "/%2F/evil.example": "/%2F/evil.example",
	} {
		if got := localPath(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

// Of several files, the one that names the others is the task.
func TestMainOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		files []string
		want  string
	}{
		{[]string{"a.js", "a.toml"}, "a.toml"},
		{[]string{"a.test.js", "a.js"}, "a.js"},
		{[]string{"lib.js", "step.xml"}, "step.xml"},
		{[]string{"a.wasm"}, "a.wasm"},
		{[]string{"README"}, "README"},
		{nil, ""},
	} {
		var files []service.File
		for _, name := range tt.files {
			files = append(files, service.File{Name: name})
		}
		if got := mainOf(files); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.files, got, tt.want)
		}
	}
}

// The settings of a connection are the same after they were shown in a form: what has no field, or
// another form than its field, is in the TOML.
func TestFieldsOfSettings(t *testing.T) {
	t.Parallel()
	groups, advanced := fields("client_credentials", map[string]any{
		"grant": "client_credentials", "client_id": "a", "client_secret": "stored:client_secret",
		"scopes": []any{"read", "with space"}, "hosts": []any{"api.example.com"}, "audience": "x",
	})
	values := make(map[string]field)
	for _, g := range groups {
		for _, f := range g.Fields {
			values[f.Name] = f
		}
	}
	if f := values["client_secret"]; f.Value != "" || !f.Stored {
		t.Errorf("the secret: %+v", f)
	}
	if values["client_id"].Value != "a" || values["hosts"].Value != "api.example.com" {
		t.Errorf("fields: %+v", values)
	}
	if want := "audience = \"x\"\nscopes = [\"read\", \"with space\"]\n"; advanced != want {
		t.Errorf("TOML: %s, want %s", advanced, want)
	}
	if _, ok := values["authorization_endpoint"]; ok {
		t.Error("there is a field of another grant")
	}
}

// Requests are where they were in time, and a short one can be seen.
func TestWaterfall(t *testing.T) {
	t.Parallel()
	b := runPage{Entries: []runs.Entry{
		{Kind: runs.KindRequest, Text: `{"method":"GET","host":"b","status":200,"attempts":1,"start":"2026-01-01T00:00:00.5Z","duration_ms":500}`},
		{Kind: runs.KindLog, Text: "x"},
		{Kind: runs.KindRequest, Text: `{"method":"GET","host":"a","status":200,"attempts":1,"start":"2026-01-01T00:00:00Z","duration_ms":1}`},
		{Kind: runs.KindRequest, Text: `not JSON`},
	}}
	b.waterfall()
	var got []string
	for _, r := range b.Requests {
		got = append(got, r.Host+" "+r.At+" "+r.Width)
	}
	if want := []string{"a 0.00% 2.00%", "b 50.00% 50.00%"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := chartOf([]runs.Bucket{
		{Start: from, Succeeded: 3, Failed: 1, P90: time.Second},
		{Start: from.Add(time.Hour), Interrupted: 1, Canceled: 1, P90: 2 * time.Second},
	}, from)
	if c.Total != 6 || c.Failed != 2 || c.Most != 4 || c.Longest != 2*time.Second {
		t.Errorf("%+v", c)
	}
	if b := c.Bars[0]; b.GoodY != "15.0" || b.GoodHeight != "45.0" || b.BadY != "0.0" || b.BadHeight != "15.0" || b.TimeHeight != "30.0" {
		t.Errorf("%+v", b)
	}
	if empty := chartOf(nil, from); empty.Total != 0 || empty.Bars != nil {
		t.Errorf("nothing: %+v", empty)
	}
}

// The line of an error is marked, in its file only.
func TestLines(t *testing.T) {
	t.Parallel()
	err := &hostapi.Error{File: "a.js", Line: 2}
	wrong := func(lines []line) (list []int) {
		for _, l := range lines {
			if l.Wrong {
				list = append(list, l.Number)
			}
		}
		return list
	}
	if got := wrong(linesOf("a\nb\nc\n", err, "a.js")); !slices.Equal(got, []int{2}) {
		t.Errorf("a.js: %v", got)
	}
	if got := wrong(linesOf("a\nb\nc\n", err, "b.js")); got != nil {
		t.Errorf("b.js: %v", got)
	}
	if got := len(linesOf("a\nb\n", nil, "a.js")); got != 2 {
		t.Errorf("%d lines", got)
	}
}

// Times are told in the nearest unit, and things in words that fit their number.
func TestRoughly(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		30*day - 5*time.Minute: "in 30 days", time.Hour - time.Millisecond: "in 1 hour", day: "in 1 day", 59 * time.Minute: "in 59 minutes", -90 * time.Minute: "2 hours ago", -time.Second: "1 second ago",
		-2 * time.Second: "2 seconds ago", -time.Hour: "1 hour ago", 0: "now", -999 * time.Millisecond: "now", time.Millisecond: "now",
	} {
		if got := ago(now.Add(d), now); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 2: "2 bytes", 1536: "1.5 KiB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// On a phone, a table is a list of rows in which each value has its label.
func TestTablesHaveLabels(t *testing.T) {
	t.Parallel()
	table := regexp.MustCompile(`(?s)<table.*?</table>`)
	column := regexp.MustCompile(`(?s)<th [^>]*>(.*?)</th>`)
	cell := regexp.MustCompile(`<td(?: data-label="([^"]*)")?`)
	err := fs.WalkDir(templateFiles, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templateFiles, name)
		for _, found := range table.FindAllString(string(text), -1) {
			columns, cells := column.FindAllStringSubmatch(found, -1), cell.FindAllStringSubmatch(found, -1)
			if len(cells) != len(columns) {
				t.Errorf("%s: %d cells in %d columns", name, len(cells), len(columns))
				continue
			}
			for i, c := range cells {
				if head := columns[i][1]; c[1] != head && !strings.Contains(head, `class="hidden"`) {
					t.Errorf("%s: the label of %q is %q", name, head, c[1])
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A time in a zone is shown by its clock, and in UTC.
func TestInZone(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
	if got, want := inZone(at.In(berlin)), "2026-03-29 03:30:00 +02:00 (2026-03-29 01:30:00 UTC)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := inZone(at), "2026-03-29 01:30:00 UTC"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
