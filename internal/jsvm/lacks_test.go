package jsvm

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The list in docs/SCRIPTS.md of what the language lacks is true: what is in it is not
// there, and neither throws nor parses when it is.
func TestListOfWhatIsLacking(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/SCRIPTS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## What the language lacks\n")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := make(map[string]bool)
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(section, -1) {
		listed[m[1]] = true
	}
	for feature, source := range map[string]string{
		"/x/d":                              "/x/d",
		"/x/v":                              "/x/v",
		"(?i:x)":                            "/(?i:x)/",
		"import":                            "import x from 'y'",
		"await":                             "await 1",
		"get = 1":                           "class A { get = 1 }",
		"async function*":                   "async function* f() {}",
		"for await":                         "async function f() { for await (const x of []) ; }",
		"using":                             "{ using x = null }",
		"Object.groupBy":                    "if (!Object.groupBy) throw 1",
		"Map.groupBy":                       "if (!Map.groupBy) throw 1",
		"String.prototype.isWellFormed":     "if (!''.isWellFormed) throw 1",
		"Promise.withResolvers":             "if (!Promise.withResolvers) throw 1",
		"Promise.try":                       "if (!Promise.try) throw 1",
		"Array.fromAsync":                   "if (!Array.fromAsync) throw 1",
		"Set.prototype.union":               "if (!new Set().union) throw 1",
		"Iterator.prototype.map":            "if (![].values().map) throw 1",
		"WeakRef":                           "WeakRef",
		"FinalizationRegistry":              "FinalizationRegistry",
		"SharedArrayBuffer":                 "SharedArrayBuffer",
		"Atomics":                           "Atomics",
		"Intl":                              "Intl",
		"Error.prototype.cause":             "if (new Error('x', { cause: 1 }).cause !== 1) throw 1",
		"RegExp.escape":                     "if (!RegExp.escape) throw 1",
		"RegExp.$1":                         "if (/x(y)/.test('xy') && RegExp.$1 !== 'y' && RegExp.lastMatch !== 'xy') throw 1",
		"structuredClone":                   "structuredClone",
		"JSON.rawJSON":                      "if (!JSON.rawJSON) throw 1",
		"<!--":                              "1\n<!-- x\n",
		"Array.prototype.toSorted":          "if (![].toSorted) throw 1",
		"Array.prototype.findLast":          "if (![].findLast) throw 1",
		"Object.hasOwn":                     "if (!Object.hasOwn) throw 1",
		"Array.prototype.at":                "if (![].at) throw 1",
		"#x in o":                           "class A { #x; static f(o) { return #x in o } }",
		"ArrayBuffer.prototype.transfer":    "if (!new ArrayBuffer(1).transfer) throw 1",
		"Object.prototype.__defineGetter__": "if (!({}).__defineGetter__ || !({}).__defineSetter__) throw 1",
		"Object.prototype.__lookupGetter__": "if (!({}).__lookupGetter__ || !({}).__lookupSetter__) throw 1",
		"String.prototype.anchor":           "if (!''.anchor || !''.bold || !''.link) throw 1",
		"Date.prototype.getYear":            "if (!new Date().getYear) throw 1",
	} {
		lacking := compileAndRun(t, t.Context(), source) != nil
		if lacking != listed[feature] {
			t.Errorf("%s: lacking %v, in the list %v", feature, lacking, listed[feature])
		}
		delete(listed, feature)
	}
	for feature := range listed {
		t.Errorf("%s is in the list, and there is no check of it", feature)
	}
}

// So are the differences that the same page lists: what is put right need not be there.
func TestListOfDifferences(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`/(?:(a)|b)*/.exec("ab")[1]`:                   `"a"`,
		`/ſ/i.test("s")`:                               "true",
		`/\u212a/i.test("k")`:                          "true",
		`/ẞ/i.test("ß")`:                               "true",
		`"日\u2028".match(/./g).length`:                 "2",
		`/(a??)*/.exec("")[1]`:                         `""`,
		`/\1/u.test("")`:                               "false",
		`new RegExp("/").source`:                       `"\\u002f"`,
		`[-0].includes(0)`:                             "false",
		`"a\r\nb".match("(?=a)a\\b") === null ? 1 : 2`: "2",
		`"日A".search("(?=A)\\bA")`:                     "-1",
		`(() => { try { JSON.parse("1e400") } catch (e) { return e.name } })()`:      `"SyntaxError"`,
		`new Function("class A { 'get' = 1; static s = new A().get } return A.s")()`: "1",
	} {
		if got := shown(t, source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}
