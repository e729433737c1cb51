package addon_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// A mistake in a script has the position that an editor shows in the definition file,
// whatever precedes the script.
func TestPlaceInTheFile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ before, after string }{
		"CDATA":                  {"<script><![CDATA[", "]]></script>"},
		"CDATA on the next line": {"<script>\n  <![CDATA[", "]]>\n</script>"},
		"blanks before":          {"\n\n <script>\n\n<![CDATA[\n\n  ", " ]]> </script>"},
		"no CDATA":               {"<script>", "</script>"},
		"no CDATA, indented":     {"<script>\n    ", "</script>"},
		"carriage returns":       {"\r\n<script>\r\n<![CDATA[\r\n", "]]></script>"},
		"after the tests":        {"<test><![CDATA[\n\n]]></test><script><![CDATA[", "]]></script>"},
		"a comment before":       {"<script><!-- \n --> <![CDATA[", "]]></script>"},
		"several parts":          {"<script><![CDATA[ 1; ]]>\n<![CDATA[ 2; ]]>\n<!-- \n -->\n<![CDATA[\n", "]]></script>"},
		"a text before":          {"<script><![CDATA[const s = ']]]]><![CDATA[>';\n", "]]></script>"},
		"a letter of two bytes":  {"<script><![CDATA[\n/* ü */ ", "]]></script>"},
		"wide letters":           {"<summary>概要</summary><script><![CDATA[/* 😀 */ ", "]]></script>"},
		"letters in a line":      {"\n<summary>\n概</summary><script>", "</script>"},
	} {
		for _, code := range []string{"oops;", "let let = 1;"} {
			text := "<service-task-definition><label>Test</label>" + tt.before
			line := strings.Count(text, "\n") + 1
			column := 1 + utf8.RuneCountInString(text[strings.LastIndex(text, "\n")+1:])
			if strings.HasPrefix(code, "let") {
				column += len("let ")
			}
			d := parse(t, text+code+tt.after+"</service-task-definition>")
			err := runOnce(t, d)
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || e.Code != hostapi.CodeScript {
				t.Fatalf("%s: error %v", name, err)
			}
			if e.File != "test.xml" || e.Line != line || e.Column != column {
				t.Errorf("%s, %s: at %s:%d:%d, want test.xml:%d:%d", name, code, e.File, e.Line, e.Column, line, column)
			}
		}
	}
}

func runOnce(t *testing.T, d *addon.Definition) error {
	t.Helper()
	a, err := addon.Compile(t.Context(), runtime.New(runtime.Config{}), d)
	if err != nil {
		return err
	}
	_, err = a.Run(t.Context(), runtime.Task{})
	return err
}

// A script may hold what ends a CDATA section, in two of them.
func TestScriptInTwoSections(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf("<script><![CDATA[engine.log(']]]]><![CDATA[>' + 'x]');]]></script>"))
	a := compile(t, d, runtime.Config{})
	outcome, err := a.Run(t.Context(), runtime.Task{})
	if err != nil || len(outcome.Logs) != 1 || outcome.Logs[0].Message != "]]>x]" {
		t.Errorf("logged %+v, error %v", outcome.Logs, err)
	}
}

func TestScriptWithEntities(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf("<script>if (1 &lt; 2 &amp;&amp; '&#x41;' === 'A') engine.log(&quot;yes&quot;)</script>"))
	outcome, err := compile(t, d, runtime.Config{}).Run(t.Context(), runtime.Task{})
	if err != nil || len(outcome.Logs) != 1 {
		t.Errorf("logged %+v, error %v", outcome.Logs, err)
	}
}

func TestTestSource(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf(script+"\n<test> <![CDATA[x]]></test>"))
	if got := string(d.TestSource()); got != "\n"+strings.Repeat(" ", len("<test> <![CDATA["))+"x" {
		t.Errorf("tests %q", got)
	}
	if got := parse(t, definitionOf(script)).TestSource(); got != nil {
		t.Errorf("no tests: %q", got)
	}
}
