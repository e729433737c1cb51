package addon_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
)

func TestParse(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "greet.xml")
	if d.File != "greet.xml" || d.Type != addon.ServiceTask || d.EngineType != 3 || d.AddonVersion != 2 || d.Deprecated {
		t.Errorf("read %+v", d)
	}
	if d.LastModified != "2024-02-29" || d.License != "MIT" || d.HelpPageURL.Default != "https://example.com/help/greet" {
		t.Errorf("last modified %q, license %q, help %q", d.LastModified, d.License, d.HelpPageURL.Default)
	}
	if got := d.Label.In("de"); got != "Begrüßung: schreiben" {
		t.Errorf("label in German %q", got)
	}
	if !bytes.HasPrefix(d.Icon, []byte("\x89PNG")) {
		t.Errorf("icon %q", d.Icon)
	}
	want := []addon.Config{
		{
			Name: "conf_name", Required: true, EL: true, Line: 13, FormType: addon.FormTextfield, AuthType: addon.AuthOAuth2,
			Label: addon.Text{Default: "Whom to greet", ByLocale: map[string]string{"de": "Wen grüßen"}},
		},
		{
			Name: "conf_style", Line: 17, FormType: addon.FormSelectItem, AuthType: addon.AuthOAuth2, Label: addon.Text{Default: "Style"},
			Items: []addon.ConfigItem{
				{Value: "Hello", Label: addon.Text{Default: "Hello"}},
				{Value: "Dear", Label: addon.Text{Default: "Formal", ByLocale: map[string]string{"de": "Förmlich"}}},
			},
		},
		{
			Name: "conf_out", Required: true, Line: 25, FormType: addon.FormSelect, AuthType: addon.AuthOAuth2,
			SelectDataType: "STRING_TEXTFIELD|STRING_TEXTAREA", Label: addon.Text{Default: "Where to write it"},
		},
	}
	if !reflect.DeepEqual(d.Configs, want) {
		t.Errorf("configs\n%+v\nwant\n%+v", d.Configs, want)
	}
}

func TestParseTabs(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "wait.xml")
	if len(d.Tabs) != 2 || d.Tabs[0].In("de") != "Grundlagen" || d.Tabs[1].Default != "More" {
		t.Errorf("tabs %+v", d.Tabs)
	}
	var got []string
	for _, c := range d.Configs {
		got = append(got, c.Tab.Default+"/"+c.Name)
	}
	if strings.Join(got, " ") != "Basics/rounds More/note More/note_to" {
		t.Errorf("configs %q", got)
	}
}

func TestParseConfigAttributes(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf(script+`<configs>
		<config name="a b"/>
		<config name="c" form-type="OAUTH2" auth-type="BASIC" oauth2-setting-name="https://example.com/x" deprecated="true"/>
		<config name="e" form-type="SELECT" editable="true" select-data-type="STRING_MULTILINE | DECIMAL" depends-on="a b"/>
	</configs>`))
	if len(d.Warnings) > 0 {
		t.Errorf("warnings %q", d.Warnings)
	}
	if c := d.Configs[0]; c.Name != "a b" || c.FormType != addon.FormTextfield || c.Required || c.EL || c.Editable || c.Deprecated {
		t.Errorf("first config %+v", c)
	}
	if c := d.Configs[1]; c.AuthType != addon.AuthBasic || c.OAuth2SettingName != "https://example.com/x" || !c.Deprecated {
		t.Errorf("second config %+v", c)
	}
	if c := d.Configs[2]; !c.Editable || c.DependsOn != "a b" || c.SelectDataType != "STRING_MULTILINE | DECIMAL" {
		t.Errorf("third config %+v", c)
	}
}

// Every sample of testdata is read without a warning.
func TestParseSamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		d := parseFile(t, filepath.Base(file))
		if strings.TrimSpace(d.Script.Text) == "" || d.Label.Default == "" || len(d.Icon) == 0 {
			t.Errorf("%s: read %+v", file, d)
		}
	}
}

// What files differ in without meaning anything.
func TestParseTolerates(t *testing.T) {
	t.Parallel()
	plain := definitionOf(script)
	for name, text := range map[string]string{
		"byte order mark":     "\uFEFF" + plain,
		"declaration":         `<?xml version="1.0" encoding="utf-8" standalone="yes"?>` + plain,
		"both":                "\uFEFF" + `<?xml version="1.0" encoding="UTF-8"?>` + "\r\n" + plain,
		"comments":            "<!-- a -->" + definitionOf("<!-- b -->"+script) + "<!-- c -->\n",
		"a namespace":         strings.Replace(plain, "<service-task-definition>", `<service-task-definition xmlns="https://example.com/ns">`, 1),
		"empty elements":      definitionOf("<engine-type/><addon-version> </addon-version><addon-type/><configs/><tabs/><test/><license/>" + script),
		"blanks around":       definitionOf("<engine-type>\n 3 </engine-type><addon-version> 2 </addon-version>" + script),
		"white test":          definitionOf(script + "<test> <![CDATA[ \n ]]> </test>"),
		"an icon with lines":  strings.Replace(plain, icon, "\n "+icon[:40]+"\r\n\t"+icon[40:]+" ", 1),
		"text in parts":       strings.Replace(plain, "<label>Test", "<label>T<!-- -->e<b>!</b><![CDATA[st]]>", 1),
		"an attribute of XML": definitionOf(script + `<configs><config name="a" xml:space="preserve" xmlns="x"/></configs>`),
		"the same twice":      definitionOf(script + "<label>Test</label>"),
	} {
		d, err := addon.Parse("test.xml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(d.Warnings) > 0 || d.Label.Default != "Test" || d.Script.Text != "main()" || d.Test.Text != "" || len(d.Icon) == 0 {
			t.Errorf("%s: read %+v", name, d)
		}
	}
}

func TestParseWarns(t *testing.T) {
	t.Parallel()
	config := func(attributes string) string {
		return definitionOf(script + "<configs>\n<config " + attributes + "/></configs>")
	}
	for text, want := range map[string]string{
		"<service-task-definition>" + script + "<icon>" + icon + "</icon></service-task-definition>":         "1: the definition has no label",
		"<service-task-definition><label>x</label>" + script + "</service-task-definition>":                  "1: the definition has no icon",
		"<service-task-definition><label>x</label>" + script + "<icon>?</icon></service-task-definition>":    "1: the icon is not base64",
		"<service-task-definition><label>x</label>" + script + "<icon>eA==</icon></service-task-definition>": "1: the icon is not a PNG picture",

		definitionOf(script + "\n<help-page-ur>x<b><c/></b></help-page-ur>"):                "2: the element <help-page-ur> is unknown; it is ignored",
		definitionOf(script + "<tabs>\n<configs/></tabs>"):                                  "2: the element <configs> is unknown; it is ignored",
		definitionOf(script + "<tabs><tab>\n<config name='a'/></tab></tabs>"):               "2: the element <config> is unknown; it is ignored",
		definitionOf(script + "<configs>\n<item/></configs>"):                               "2: the element <item> is unknown; it is ignored",
		definitionOf(script + "<configs><config name='a'>\n<hint/></config></configs>"):     "2: the element <hint> is unknown; it is ignored",
		definitionOf(script + "\n<label>Other</label>"):                                     `2: there is a second <label> for the locale ""; it is ignored`,
		definitionOf(script + "<label locale='ja'>a</label>\n<label locale='JA'>b</label>"): `2: there is a second <label> for the locale "ja"; it is ignored`,
		definitionOf(script + "<engine-type>3</engine-type>\n<engine-type>1</engine-type>"): "2: there is a second <engine-type>; it is ignored",
		definitionOf(script + "\n<last-modified>yesterday</last-modified>"):                 "2: <last-modified> is not a date like 2006-01-02",
		definitionOf(script + "\n<deprecated>yes</deprecated>"):                             "2: deprecated is neither true nor false; false is assumed",
		definitionOf(script) + "\nmore":                                                     "1: text after the root element is ignored",

		config(`name="a" required="1"`):                                        "2: required is neither true nor false; false is assumed",
		config(`name="a" colour="red"`):                                        `2: the attribute "colour" is unknown; it is ignored`,
		config(`required="true"`):                                              "2: a config without a name is ignored",
		config(`name="a" form-type="NUMBER"`):                                  `2: form-type "NUMBER" is unknown; TEXTFIELD is assumed; use TEXTFIELD, TEXTAREA, TOGGLE, SELECT, SELECT_ITEM, SELECT_LIST_SUB_DATA, OAUTH2, QUSER or QGROUP`,
		config(`name="a" form-type="OAUTH2" auth-type="NTLM"`):                 `2: auth-type "NTLM" is unknown; OAUTH2 is assumed; use OAUTH2, OAUTH2_CLIENT_CREDENTIALS, OAUTH2_JWT_BEARER, TOKEN or BASIC`,
		config(`name="a" form-type="SELECT" select-data-type="STRING|NUMBER"`): `2: select-data-type "NUMBER" is unknown: no data item has this type`,
		config(`name="a" depends-on="b"`):                                      "2: the config a depends on b, which does not exist",
		config(`name="a" form-type="SELECT_LIST_SUB_DATA"`):                    "2: the config a chooses a column, but depends-on names no table",
		config(`name="a" form-type="SELECT_ITEM"`):                             "2: the config a has no item to choose",
		config(`name="a" form-type="TOGGLE" el-enabled="true"`):                "2: the config a cannot have expressions: it is not text",
		definitionOf(script + "<configs><config name='a' editable='true' form-type='SELECT_ITEM'>\n<item/></config></configs>"):            "2: an item without a value is ignored",
		definitionOf(script + "<configs><config name='a' form-type='SELECT_ITEM'><item value='b'/>\n<item value='b'/></config></configs>"): `2: there is a second item with the value "b"`,
		"\n" + `<?xml version="1.0"?>` + definitionOf(script):                                                                              "2: the XML declaration is not at the very beginning of the file; other programs refuse that",
	} {
		d, err := addon.Parse("test.xml", []byte(text))
		if err != nil {
			t.Errorf("%s\n%v", text, err)
			continue
		}
		if got := strings.Join(d.Warnings, "; "); got != "test.xml:"+want {
			t.Errorf("%s\nwarnings %s\nwant     test.xml:%s", text, got, want)
		}
		if d.Script.Text == "" {
			t.Errorf("%s\nhas lost its script", text)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	const (
		at         = "test.xml:2:1: add-on"
		endsInCode = "the CDATA section ends here, within the code\nhint: write ]] > in the code"
	)
	for text, want := range map[string]string{
		"":                                  "test.xml:1:1: add-on: the file is not a definition\nhint: it is XML with the root element <service-task-definition>",
		"function main() {}":                "test.xml:1:1: add-on: the file is not a definition\nhint: it is XML with the root element <service-task-definition>",
		"\n<html></html>":                   at + ": the root element is <html>\nhint: that of a definition is <service-task-definition>",
		definitionOf(script) + "\n<other/>": at + ": the file has a second root element\nhint: put each definition into a separate file",

		"<!-- -->\n<service-task-definition/>":                      at + ": the definition has no script\nhint: add <script><![CDATA[ … ]]></script>",
		definitionOf("<script>  </script>"):                         "test.xml:1:1: add-on: the definition has no script\nhint: add <script><![CDATA[ … ]]></script>",
		definitionOf(script + "\n<script/>"):                        at + " script: the definition has a second <script>",
		definitionOf(script + "<test/>\n<test/>"):                   at + " test: the definition has a second <test>",
		definitionOf("\n<script>a\n<test>b</test>"):                 at + " script: is not closed\nhint: put </script> at its end",
		definitionOf("<script>a\n<b/></script>"):                    at + " script: contains the element <b>\nhint: put the script into <![CDATA[ … ]]>",
		definitionOf("\n<engine-type>4</engine-type>" + script):     at + ` engine-type: "4" is unknown` + "\nhint: use 0, 1, 2 or 3",
		definitionOf("\n<engine-type>x</engine-type>" + script):     at + ` engine-type: "x" is unknown` + "\nhint: use 0, 1, 2 or 3",
		definitionOf("\n<addon-version>3</addon-version>" + script): at + ` addon-version: "3" is unknown` + "\nhint: use 2, or leave the element out for a script that does its work when it is loaded",
		definitionOf("\n<addon-type>END</addon-type>" + script):     at + ` addon-type: "END" is unknown` + "\nhint: use START_EVENT, START_EVENT_TIMER or START_EVENT_WEBHOOK, or leave the element out for a service task",
		definitionOf(script + "<configs><config name='a'/></configs><tabs><tab><configs>\n<config name='a'/></configs></tab></tabs>"): at + " a: another config, at line 1, has this name\nhint: rename one of them",

		"\n<!DOCTYPE x [<!ENTITY a 'b'>]>" + definitionOf(script):                   at + ": the file has a document type\nhint: remove <!DOCTYPE …>",
		definitionOf("<license>\n&nbsp;</license>" + script):                        "test.xml:2:7: add-on: malformed XML: invalid character entity &nbsp;\nhint: write &amp; for &, or put the text into <![CDATA[ … ]]>",
		"<service-task-definition>\n":                                               "test.xml:1:1: add-on: malformed XML: <service-task-definition> is not closed\nhint: add </service-task-definition>; is the file complete?",
		"<service-task-definition>\n</label>":                                       "test.xml:2:9: add-on: malformed XML: element <service-task-definition> closed by </label>\nhint: <service-task-definition> is opened at line 1, column 1",
		"<service-task-definition>\n<label></service-task-definition>":              "test.xml:2:34: add-on: malformed XML: element <label> closed by </service-task-definition>\nhint: <label> is opened at line 2, column 1",
		"<service-task-definition>\n<label>x</label>\n <script>f()":                 "test.xml:3:2: add-on: malformed XML: <script> is not closed\nhint: add </script>; is the file complete?",
		"<service-task-definition>\n <script><![CDATA[\nf()\n</script>":             "test.xml:2:10: add-on: malformed XML: the CDATA section is not closed\nhint: it ends with ]]>; is the file complete?",
		"<service-task-definition>\n  <!-- x\n</service-task-definition>":           "test.xml:2:3: add-on: malformed XML: the comment is not closed\nhint: it ends with -->; is the file complete?",
		"<service-task-definition>\n  <config name=\"x\n</service-task-definition>": "test.xml:3:2: add-on: malformed XML: unescaped < inside quoted string\nhint: is a quote of the tag at line 2, column 3 not closed?",
		definitionOf("<license>&#65;\n&amp;\x01</license>" + script):                "test.xml:2:6: add-on: malformed XML: illegal character code U+0001",
		definitionOf("<script><![CDATA[\na;\nb\x0b\n]]></script>"):                  "test.xml:3:2: add-on: malformed XML: illegal character code U+000B",
		definitionOf("<license a='&quot;' b='\n&lt &amp;'/>" + script):              "test.xml:2:4: add-on: malformed XML: invalid character entity &lt (no semicolon)\nhint: write &amp; for &, or put the text into <![CDATA[ … ]]>",
		"<service-task-definition>&#1114112;":                                       "test.xml:1:36: add-on: malformed XML: invalid character entity &#1114112;\nhint: write &amp; for &, or put the text into <![CDATA[ … ]]>",
		"<service-task-definition>\n</label":                                        "test.xml:2:1: add-on: malformed XML: the file ends within a tag\nhint: is the file complete?",
		"<service-task-definition>\n</label x>":                                     "test.xml:2:10: add-on: malformed XML: invalid characters between </label and >",
		"<service-task-definition>\n  <config name=\"x":                             "test.xml:2:3: add-on: malformed XML: the file ends within a tag\nhint: is the file complete?",

		definitionOf("<script>\nif (a < b) c();</script>"):                        "test.xml:2:8: add-on: malformed XML: expected element name after <\nhint: put the code into <![CDATA[ … ]]>",
		definitionOf(script + "<test>\nfor (; i<n; i++) {}</test>"):               "test.xml:2:11: add-on: malformed XML: expected attribute name in element\nhint: put the code into <![CDATA[ … ]]>",
		definitionOf("<script>\na(b<c>d);</script>"):                              "test.xml:2:4: add-on script: contains the element <c>\nhint: put the script into <![CDATA[ … ]]>",
		definitionOf("\n<label>a < b</label>" + script):                           "test.xml:2:11: add-on: malformed XML: expected element name after <\nhint: write &lt; for <, or put the text into <![CDATA[ … ]]>",
		definitionOf("<script><![CDATA[\n  é[b[0]]>1]]></script>"):                "test.xml:2:8: add-on: malformed XML: " + endsInCode,
		definitionOf("<script><![CDATA[\n  a[b[0]]>1 && c < d]]></script>"):       "test.xml:2:8: add-on: malformed XML: " + endsInCode,
		definitionOf("<script><![CDATA[\n  a[b[0]]>1; '<p>']]></script>"):         "test.xml:2:8: add-on script: " + endsInCode,
		definitionOf("<script><![CDATA[a]]>\n</scrip>"):                           "test.xml:2:9: add-on: malformed XML: element <script> closed by </scrip>\nhint: <script> is opened at line 1, column 45",
		definitionOf("<configs>\n<config name='a' name='b'/></configs>" + script): at + ": malformed XML: the attribute name is there twice",

		"\n" + `<?xml version="1.0" encoding="Shift_JIS"?>` + definitionOf(script): at + `: the file says it is encoded in "Shift_JIS"` + "\nhint: save it in UTF-8",
		"<service-task-definition>\n\xffx":                                         at + ": the text is not UTF-8; save it in UTF-8",
		"\xff\xfe<\x00":                                                            "test.xml:1:1: add-on: the text is encoded in UTF-16; save it in UTF-8",
		"\n" + strings.Repeat("<a>", 21):                                           at + ": the root element is <a>\nhint: that of a definition is <service-task-definition>",
		definitionOf("\n" + strings.Repeat("<a>", 21)):                             "test.xml:2:58: add-on: elements are nested more than 20 deep",
	} {
		_, err := addon.Parse("test.xml", []byte(text))
		if err == nil {
			t.Errorf("%q: no error", text)
			continue
		}
		if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeConfig || e.Detail() != want {
			t.Errorf("%q\nerror %s\nwant  %s", text, e.Detail(), want)
		}
	}
}

func TestParseBounds(t *testing.T) {
	t.Parallel()
	var configs, locales strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&configs, "<config name='c%d'/>", i)
	}
	for i := range 101 {
		fmt.Fprintf(&locales, "<label locale='x-%d'>x</label>", i)
	}
	for text, want := range map[string]string{
		definitionOf(script) + strings.Repeat(" ", 16<<20):                                                             "the file has more than 16777216 bytes",
		definitionOf(script + "<configs>" + configs.String() + "</configs>"):                                           "the definition has more than 1000 configs",
		definitionOf(script + "<tabs>" + strings.Repeat("<tab/>", 101) + "</tabs>"):                                    "the definition has more than 100 tabs",
		definitionOf(script + "<configs><config name='a'>" + strings.Repeat("<item/>", 10001) + "</config></configs>"): "the definition has more than 10000 items",
		definitionOf(script + locales.String()):                                                                        "label: the text is in more than 100 languages",
	} {
		_, err := addon.Parse("test.xml", []byte(text))
		if err == nil || err.Error() != "add-on: "+want && err.Error() != "add-on "+want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	d := parse(t, definitionOf(script+strings.Repeat("<x/>", 1000)))
	if n := len(d.Warnings); n != 100 || d.Warnings[99] != "test.xml:1: further warnings are omitted" {
		t.Errorf("%d warnings, the last %q", n, d.Warnings[n-1])
	}
}

func TestTextIn(t *testing.T) {
	t.Parallel()
	text := addon.Text{Default: "default", ByLocale: map[string]string{"ja": "japanese", "pt-br": "brazilian"}}
	for locale, want := range map[string]string{
		"": "default", "de": "default", "ja": "japanese", "JA": "japanese", "ja_JP": "japanese", "ja-JP-x": "japanese",
		"pt-BR": "brazilian", "pt_br": "brazilian", "pt": "default", "j": "default",
	} {
		if got := text.In(locale); got != want {
			t.Errorf("In(%q) = %q, want %q", locale, got, want)
		}
	}
	if got := (addon.Text{ByLocale: map[string]string{"ja": "a", "en": "b"}}).In("de"); got != "b" {
		t.Errorf("without a default: %q, want the English text", got)
	}
	if got := (addon.Text{ByLocale: map[string]string{"ja": "a", "fr": "b"}}).In("de"); got != "b" {
		t.Errorf("without a default and English: %q, want the first", got)
	}
	if got := (addon.Text{}).In("de"); got != "" {
		t.Errorf("no text: %q", got)
	}
}

// FuzzParse checks the guarantees of Parse for its result, and that the positions of scripts are
// those of their text.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(definitionOf("<script> a &lt; b <!-- \n --> <![CDATA[ c ]]> d </script><configs><config name='a' form-type='x'/></configs>")))
	f.Add([]byte("<service-task-definition><script>\r\n<![CDATA[\rx]]></script>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := addon.Parse("fuzz.xml", data)
		if err != nil {
			if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeConfig || e.File != "fuzz.xml" || strings.Contains(e.Error(), "\n") {
				t.Fatalf("error %#v", err)
			}
			return
		}
		names := make(map[string]bool)
		for _, c := range d.Configs {
			if c.Name == "" || names[c.Name] || c.Line < 1 || c.FormType == "" {
				t.Errorf("config %+v", c)
			}
			names[c.Name] = true
		}
		if len(d.Warnings) > 100 {
			t.Errorf("%d warnings", len(d.Warnings))
		}
		if strings.TrimSpace(d.Script.Text) == "" {
			t.Error("no script")
		}
		checkPlace(t, data, d.Script)
		if d.Test.Text != "" {
			checkPlace(t, data, d.Test)
		}
	})
}

// checkPlace checks that the file has the first character of the code at its place.
func checkPlace(t *testing.T, data []byte, code addon.Code) {
	t.Helper()
	rows := bytes.SplitAfter(bytes.TrimPrefix(data, []byte("\uFEFF")), []byte("\n"))
	if code.Line < 1 || code.Line > len(rows) || code.Column < 1 || code.Column > len(rows[code.Line-1]) {
		t.Fatalf("the code is at %d:%d", code.Line, code.Column)
	}
	c := rows[code.Line-1][code.Column-1]
	if c != code.Text[0] && c != '&' && c != '\r' {
		t.Errorf("at %d:%d is %q, and the code begins with %q", code.Line, code.Column, c, code.Text[0])
	}
}
