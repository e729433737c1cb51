package jsvm

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/nearest"
)

// Names that script authors are likely to try and that a task does not have, and what to use
// instead. These texts are all that this package contains of the script API.

// globalHints are the hints for missing global names.
var globalHints = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"fetch":                "use httpClient.begin().get(url), which waits for the response",
	"XMLHttpRequest":       "use httpClient.begin().get(url)",
	"axios":                "use httpClient.begin().get(url)",
	"FormData":             "use httpClient.begin().formParam(name, value) or .multipart(name, value)",
	"Headers":              "use httpClient.begin().header(name, value)",
	"URLSearchParams":      "use httpClient.begin().queryParam(name, value)",
	"URL":                  "write the URL as text, and its parameters with queryParam(name, value)",
	"AbortController":      "a request ends at the task's time limit",
	"require":              "a task is a single script without modules: paste the code that you need",
	"module":               "a task is a single script without modules: declare function main() { … }",
	"exports":              "a task is a single script without modules: declare function main() { … }",
	"importScripts":        "a task is a single script without modules: paste the code that you need",
	"setTimeout":           "a task has no timers and no event loop: call the function directly",
	"setInterval":          "a task has no timers and no event loop: use a loop",
	"setImmediate":         "a task has no timers and no event loop: call the function directly",
	"clearTimeout":         "a task has no timers and no event loop",
	"queueMicrotask":       "use Promise.resolve().then(function)",
	"process":              "settings are in configs.get(name), data items in engine.findDataByVarName(name)",
	"Deno":                 "settings are in configs.get(name), data items in engine.findDataByVarName(name)",
	"Bun":                  "settings are in configs.get(name), data items in engine.findDataByVarName(name)",
	"global":               "use globalThis",
	"window":               "a task does not run in a browser: use globalThis",
	"self":                 "a task does not run in a browser: use globalThis",
	"document":             "a task does not run in a browser and has no page",
	"navigator":            "a task does not run in a browser",
	"location":             "a task does not run in a browser",
	"alert":                "use console.log(…)",
	"prompt":               "a task has no user interface: use configs.get(name)",
	"print":                "use console.log(…)",
	"localStorage":         "use engine.saveTemporaryData(text), or a data item",
	"sessionStorage":       "use engine.saveTemporaryData(text), or a data item",
	"Buffer":               "use base64, hex and fileRepository, or Uint8Array",
	"btoa":                 "use base64.encodeToString(text)",
	"atob":                 "use base64.decodeFromString(text)",
	"TextEncoder":          "use base64, hex and digest, which take text as UTF-8, or engine.createQfile",
	"TextDecoder":          "use fileRepository.readFile(file, charset)",
	"crypto":               "use digest, hmac and rsa",
	"CryptoJS":             "use digest and hmac",
	"structuredClone":      "use JSON.parse(JSON.stringify(value))",
	"Intl":                 "use dateFormatter.format(pattern, date), java.text.DecimalFormat or toFixed",
	"Temporal":             "use dateFormatter and Date",
	"moment":               "use dateFormatter and Date",
	"_":                    "a task is a single script without modules: arrays and objects have most of these functions",
	"$":                    "a task does not run in a browser and has no modules",
	"WeakRef":              "not supported: keep the object itself",
	"XML":                  "E4X is not supported: parse the text with regular expressions, or request JSON from the API",
	"XMLList":              "E4X is not supported: parse the text with regular expressions, or request JSON from the API",
	"DOMParser":            "parse the text with regular expressions, or request JSON from the API",
	"Packages":             "write the full name of the class, such as java.util.ArrayList; postern.d.ts lists the available ones",
	"JavaImporter":         "write the full name of the class, such as java.util.ArrayList; postern.d.ts lists the available ones",
	"importPackage":        "write the full name of the class, such as java.util.ArrayList; postern.d.ts lists the available ones",
	"importClass":          "write the full name of the class, such as java.util.ArrayList; postern.d.ts lists the available ones",
	"javax":                "only the classes in postern.d.ts are available",
	"org":                  "only the classes in postern.d.ts are available",
	"Java":                 "write the full name of the class, such as java.util.ArrayList; postern.d.ts lists the available ones",
	"describe":             "write each test with test(name, function)",
	"it":                   "write test(name, function)",
	"suite":                "write each test with test(name, function)",
	"beforeEach":           "code outside of test(…) runs before each test: write a function there and call it",
	"afterEach":            "every test runs in a separate sandbox: no cleanup is needed",
	"beforeAll":            "code outside of test(…) runs before each test: write a function there and call it",
	"afterAll":             "every test runs in a separate sandbox: no cleanup is needed",
	"jest":                 "use httpClient.setRequestHandler(function) to respond to requests",
	"vi":                   "use httpClient.setRequestHandler(function) to respond to requests",
	"assert":               "use expect(actual).toEqual(expected)",
	"test":                 "tests are in NAME.test.js beside the script: postern test NAME.js",
	"expect":               "tests are in NAME.test.js beside the script: postern test NAME.js",
	"data":                 "use engine.findDataByVarName(name); only add-ons of the engine types 0 to 2 have data",
	"retVal":               "use engine.setDataByVarName(name, value); only add-ons of the engine types 0 to 2 have retVal",
	"FinalizationRegistry": "not supported",
}

// hostMemberHints are the hints for members that objects of the API lack.
var hostMemberHints = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"toBe": toEqualHint, "toStrictEqual": toEqualHint, "toBeNull": toEqualHint, "toBeUndefined": toEqualHint,
	"toBeTruthy": toEqualHint, "toBeFalsy": toEqualHint, "toBeDefined": toEqualHint, "toHaveLength": toEqualHint,
	"toBeGreaterThan": toEqualHint, "toBeLessThan": toEqualHint, "toBeCloseTo": toEqualHint, "toMatchObject": toEqualHint,
	"toContain":    "for text use containsString(text), for a list expect(list.includes(x)).toEqual(true)",
	"toMatch":      "use containsString(text), or expect(/…/.test(text)).toEqual(true)",
	"toThrowError": "use toThrow(message)",
	"json":         "use JSON.parse(response.getResponseAsString())",
	"text":         "use response.getResponseAsString()",
	"then":         "requests block until the response: use the return value",

	"httpClient.get":    beginHint,
	"httpClient.post":   beginHint,
	"httpClient.put":    beginHint,
	"httpClient.patch":  beginHint,
	"httpClient.delete": beginHint,
}

// memberHints are the hints for members that other values lack.
var memberHints = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"groupBy":       "build an object in a loop, or with reduce",
	"isWellFormed":  "not supported",
	"toWellFormed":  "not supported",
	"withResolvers": "use new Promise((resolve, reject) => …)",
	"fromAsync":     "await the values in a loop",
	"length":        "length is a property: remove the parentheses",

	// Methods of java.lang.String and of lists in Java.
	"contains":         "use includes(value)",
	"isEmpty":          "use length === 0",
	"size":             "use length; a Map or a Set has size, without parentheses",
	"equalsIgnoreCase": "compare what toLowerCase() returns for both",
	"matches":          "use /…/.test(text)",
	"replaceFirst":     "use replace",
	"toCharArray":      "use [...text]",
	"getBytes":         "use base64, hex and digest, which take text as UTF-8",
	"toSource":         "use JSON.stringify(value)",
}

// expectHints are the hints for what other test libraries have between expect(…) and the
// comparison, as in expect(a).not.toEqual(b).
var expectHints = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"not":      "compare, and expect the result: expect(a === b).toEqual(false)",
	"resolves": "await the promise, and expect the value",
	"rejects":  "await the promise in try and catch, and expect the message",
}

const beginHint = "a request begins with httpClient.begin(), as in httpClient.begin().get(url)"

const toEqualHint = "use toEqual(expected), for what toEqual compares see SCRIPT-TESTS.md"

// syntaxHints explain unsupported syntax. The message of the parser depends on where it
// fails, so the line is matched instead.
var syntaxHints = []struct { //nolint:gochecknoglobals // a table, never changed
	line, hint string
}{
	{`^\s*(import\b|export\b)|\bimport\s*\(`, "a task is a single script without import and export"},
	{`\bfor\s+await\b|\basync\s+function\s*\*|\basync\s*\*`, "async generators are not supported"},
	{`\bawait\b`, "await works only inside an async function: (async () => { … })()"},
	{`^\s*return\b`, "return works only inside a function: declare function main() { … }"},
	{
		`^\s*(interface|type|enum|declare|namespace|abstract)\s+\w+|[\w\])]\s*\??:\s*(string|number|boolean|any|void|unknown|never|object|[A-Z]\w*)\b(\[\])*\s*[=,;){]` +
			`|\)\s*:\s*[\w<>\[\]| ]+\s*(\{|=>)|\bas\s+(string|number|boolean|any|const|unknown|[A-Z]\w*)\b|^\s*(public|private|protected|readonly)\s`,
		"types are not part of JavaScript: remove them, or write them as comments: /** @type {string} */",
	},
	{`^\s*<\w|=\s*<\w|\(\s*<\w|return\s+<\w`, "markup is not part of JavaScript (E4X and JSX are not supported): write it as text"},
	{`\bfor\s+each\b`, "write for (const value of list) { … }"},
	{`\bcatch\s*\(\s*[\w$]+\s+if\b`, "write one catch clause, with if (…) { … } else { throw e; } in it"},
	{`\bfunction\s*[\w$]*\s*\([\w$,\s]*\)\s*[^\s{/]`, "write the body of the function in { … } with return, or write (x) => …"},
	{`<!--|^\s*-->`, "HTML comments are not supported: write //"},
	{`^\s*@\w`, "decorators are not supported"},
	{`/[a-z]*[dv][a-z]*\s*[.,;)\]]`, "regular expressions have the flags g, i, m, s, u and y"},
	{`^\s*(using)\s+\w+\s*=`, "use const"},
}

// syntaxHint explains a syntax error at a position of source. Of a long line it examines
// only the part around the position.
func syntaxHint(source string, line, column int) string {
	const around = 200
	for range line - 1 {
		_, source, _ = strings.Cut(source, "\n")
	}
	text, _, _ := strings.Cut(source, "\n")
	if line < 1 {
		return ""
	}
	if hint := characterHint(text, column); hint != "" {
		return hint
	}
	if from := min(column-around, len(text)); from > 0 {
		text = text[from:]
	}
	text = text[:min(len(text), 2*around)]
	for _, h := range syntaxHints {
		if regexp.MustCompile(h.line).MatchString(text) {
			return h.hint
		}
	}
	return ""
}

// characterHint explains the character at a position, from 1 in characters, if it is one that
// word processors and input methods write for one of JavaScript's.
func characterHint(line string, column int) string {
	for c := range strings.SplitSeq(line, "") {
		if column--; column > 0 {
			continue
		}
		r, _ := utf8.DecodeRuneInString(c)
		var instead string
		switch {
		case strings.ContainsRune("‘’‚‛′´", r):
			instead = "'"
		case strings.ContainsRune("“”„‟″«»", r):
			instead = `"`
		case strings.ContainsRune("‐‑‒–—−", r):
			instead = "-"
		case r == '…':
			instead = "..."
		case '！' <= r && r <= '～': // the fullwidth forms of ASCII
			instead = string(r - '！' + '!')
		case unicode.Is(unicode.Cf, r):
			return fmt.Sprintf("remove the invisible character %U", r)
		default:
			return ""
		}
		return "write " + instead + " for " + c
	}
	return ""
}

// hint returns what to use instead of the missing name in the message of an uncaught error.
func (m *Machine) hint(value goja.Value, lacking lack) (hint string) {
	o, ok := value.(*goja.Object)
	if !ok {
		return ""
	}
	if hint := javaHint(lacking); hint != "" {
		return hint
	}
	if lacking.member != "" {
		if beside := m.globals.MembersBeside(lacking.member); beside != nil {
			return cmp.Or(hostMemberHints[lacking.member], hostMemberHints[lacking.object+"."+lacking.member], memberHint(lacking, beside))
		}
		return cmp.Or(memberHints[lacking.member], hostMemberHints[lacking.member])
	}
	if strings.HasPrefix(lacking.object, "expect(") {
		return expectHints[lacking.object[strings.LastIndexByte(lacking.object, '.')+1:]]
	}
	_ = m.vm.Try(func() {
		message := property(o, "message")
		for _, name := range m.rest().missing {
			if message == name+" is not defined" {
				hint = m.globalHint(name)
			}
		}
	})
	return hint
}

func (m *Machine) globalHint(name string) string {
	if hint := globalHints[name]; hint != "" {
		return hint
	}
	known := m.globals.Names()
	for p := range m.programs() {
		known = append(known, p.declared.Names...)
	}
	return didYouMean("", nearest.Names(name, known))
}

// memberHint names the members of an object that are like one that it lacks, or all if they
// are few.
func memberHint(lacking lack, members []string) string {
	const few = 20
	object := ""
	if !strings.ContainsAny(lacking.object, "(\n \"'`") {
		object = lacking.object + "."
	}
	near := nearest.Names(lacking.member, members)
	words := longWords(lacking.member)
	for _, name := range members {
		if !slices.Contains(near, name) && slices.ContainsFunc(longWords(name), func(w string) bool { return slices.Contains(words, w) }) {
			near = append(near, name)
		}
	}
	switch {
	case len(near) > 0:
		return didYouMean(object, near)
	case len(members) <= few:
		return "it has " + strings.Join(members, ", ")
	}
	return "postern.d.ts lists the members that it has"
}

// longWords returns the words of a name such as getStatusCode, in lower case, but not the
// short ones, which most names have.
func longWords(name string) (words []string) {
	const short = 3
	begin := 0
	for i := range len(name) + 1 {
		if i == len(name) || 'A' <= name[i] && name[i] <= 'Z' {
			if i-begin > short {
				words = append(words, strings.ToLower(name[begin:i]))
			}
			begin = i
		}
	}
	return words
}

func didYouMean(before string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "did you mean " + before + nearest.List(names[:min(len(names), 3)]) + "?"
}

// javaHints are the hints for classes and packages of Java that scripts do not have.
var javaHints = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"java.io":                    "use fileRepository",
	"java.lang.Double":           "use Number(text)",
	"java.lang.Exception":        "use new Error(message)",
	"java.lang.Integer":          "use parseInt(text, 10)",
	"java.lang.Long":             "use parseInt(text, 10)",
	"java.lang.Math":             "use Math",
	"java.lang.RuntimeException": "use new Error(message)",
	"java.lang.StringBuffer":     "append to text with +=",
	"java.lang.StringBuilder":    "append to text with +=",
	"java.lang.System":           "use Date.now(), or console.log(…)",
	"java.lang.Thread":           "return false from main(), and go on in proceed(), which is called later",
	"java.net":                   "use encodeURIComponent(text), and httpClient for requests",
	"java.nio":                   "use fileRepository",
	"java.security":              "use digest, hmac and rsa",
	"java.text.Normalizer":       "use normalize of the text: text.normalize(\"NFKC\")",
	"java.text.NumberFormat":     "use java.text.DecimalFormat",
	"java.time":                  "use Date, or com.questetra.bpms.util.AddableTimestamp",
	"java.util.Arrays":           "use the methods of arrays",
	"java.util.Base64":           "use base64",
	"java.util.Calendar":         "use Date, or com.questetra.bpms.util.AddableTimestamp",
	"java.util.Collections":      "use the methods of arrays",
	"java.util.HashMap":          "use new Map(), or an object",
	"java.util.HashSet":          "use new Set()",
	"java.util.LinkedHashMap":    "use new Map(), or an object",
	"java.util.regex":            "use regular expressions: /…/",
}

// javaHint returns what to use instead of a class of Java that is missing.
func javaHint(lacking lack) string {
	name := lacking.object
	if lacking.member != "" {
		name += "." + lacking.member
	}
	if !strings.HasPrefix(name, "java.") {
		return ""
	}
	return cmp.Or(javaHints[name], javaHints[lacking.object], "only the classes in postern.d.ts are available, with the members that are named there")
}
