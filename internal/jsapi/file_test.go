package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

const files = `
const {NewQfile} = com.questetra.bpms.core.event.scripttask;
const bytesOf = file => hex.encodeToString(fileRepository.readFile(file));
const linesOf = (file, charset) => { const lines = []; fileRepository.readFile(file, charset, line => { lines.push(line); }); return lines; };
`

func TestFile(t *testing.T) {
	t.Parallel()
	pass(t, files, []jsTest{
		{"getters", `
			const file = engine.createQfile("a.txt", "text/plain", "aé");
			expect(file.getName()).toEqual("a.txt");
			expect(file.getContentType()).toEqual("text/plain; charset=UTF-8");
			expect(file.getLength()).toEqual(3);
			expect(file.getLength().toString()).toEqual("3");
			expect(file.getLength() + 1).toEqual(4);
			expect(file.getCharset()).toEqual("UTF-8");
			expect(engine.createQfile("a.png", "image/png", "x").getCharset() === null).toEqual(true);`},
		{"NewQfile is one as well", `
			const file = new NewQfile("a.csv", "text/csv; charset=Shift_JIS", "日本");
			expect(file.getName()).toEqual("a.csv");
			expect(file.getContentType()).toEqual("text/csv; charset=Shift_JIS");
			expect(file.getCharset()).toEqual("Shift_JIS");
			expect(file.getLength()).toEqual(4);
			expect(file instanceof NewQfile).toEqual(true);
			expect(new com.questetra.bpms.core.event.scripttask.NewQfile("a", "b/c", "") instanceof NewQfile).toEqual(true);`},
		{"content: text, bytes, another file", `
			const text = new NewQfile("a.txt", "text/plain", "abc");
			const bytes = new NewQfile("b.txt", "text/plain", fileRepository.readFile(text));
			const copy = new NewQfile("c.txt", "text/plain", text);
			expect(bytes.getContentType()).toEqual("text/plain");
			expect(copy.getContentType()).toEqual("text/plain");
			expect(bytesOf(bytes)).toEqual("616263");
			expect(bytesOf(copy)).toEqual("616263");
			expect(new NewQfile("d", "a/b", engine.createByteArray("é")).getLength()).toEqual(2);
			expect(new NewQfile("d", "a/b", "").getLength()).toEqual(0);
			expect(new NewQfile("d", "a/b", 12).getLength()).toEqual(2);`},
		{"a file does not change with what it was made of", `
			const typed = new Uint8Array([1, 2]);
			const file = new NewQfile("a", "a/b", typed);
			typed[0] = 9;
			expect(bytesOf(file)).toEqual("0102");
			expect(bytesOf(new NewQfile("a", "a/b", typed.buffer))).toEqual("0902");`},
		{"the charset: the fourth argument, the content type, UTF-8", `
			expect(bytesOf(engine.createQfile("a", "text/plain", "Shift_JIS", "日"))).toEqual("93fa");
			expect(bytesOf(engine.createQfile("a", "text/plain; charset=EUC-JP", "日"))).toEqual("c6fc");
			expect(bytesOf(engine.createQfile("a", "text/plain", "日"))).toEqual("e697a5");
			expect(bytesOf(new NewQfile("a", "text/plain", "UTF-16LE", "日"))).toEqual("e565");
			expect(bytesOf(engine.createQfile("a", "application/json", "Shift_JIS", "日"))).toEqual("93fa");
			expect(bytesOf(engine.createQfile("a", "text/plain; charset=UTF-8", "Shift_JIS", "日"))).toEqual("93fa");
			expect(engine.createQfile("a", "text/plain", null, "日").getLength()).toEqual(3);
			expect(engine.createQfile("a", "text/plain", undefined, "日").getContentType()).toEqual("text/plain; charset=UTF-8");`},
	})
}

func TestFileContentType(t *testing.T) {
	t.Parallel()
	tests := []struct{ arguments, want string }{
		{`"a.txt", "text/plain", "abc"`, "text/plain; charset=UTF-8"},
		{`"a.txt", "text/plain", "Shift_JIS", "abc"`, "text/plain; charset=Shift_JIS"},
		{`"a.txt", "text/plain; charset=EUC-JP", "abc"`, "text/plain; charset=EUC-JP"},
		{`"a.txt", "text/plain;charset=UTF-8", "abc"`, "text/plain; charset=UTF-8"},
		{`"a.txt", 'text/plain; charset="UTF-8"', "abc"`, "text/plain; charset=UTF-8"},
		{`"a.txt", "text/plain; charset=utf-8; format=flowed", "abc"`, "text/plain; charset=utf-8"},
		{`"a.png", 'image/png; name="a.png"', "abc"`, "image/png"},
		{`"a.png", "image/png", "abc"`, "image/png"},
		{`"a.pdf", "application/pdf", "abc"`, "application/pdf"},
		{`"a.json", "application/json", "abc"`, "application/json"},
		{`"a.json", "application/json; charset=UTF-8", "abc"`, "application/json; charset=UTF-8"},
		{`"x.png", "application/octet-stream", "abc"`, "image/png"},
		{`"x.PNG", "application/octet-stream", "abc"`, "image/png"},
		{`"x.unknown", "application/octet-stream", "abc"`, "application/octet-stream"},
		{`"x", "application/octet-stream", "abc"`, "application/octet-stream"},
		{`"x.png", "application/octet-stream; charset=UTF-8", "abc"`, "application/octet-stream; charset=UTF-8"},
		{`"a.csv", "text/tab-separated-values", "abc"`, "text/tab-separated-values; charset=UTF-8"},
		{`"a.pdf", "text/plain", "abc"`, "text/plain; charset=UTF-8"},
		{`"a.jpg", "image/jpg", "abc"`, "image/jpg"},
		{`"a.txt", "text/plain", engine.createByteArray("abc")`, "text/plain"},
		{`"a.txt", "text/csv; charset=Shift_JIS; x=y", engine.createByteArray("abc")`, "text/csv; charset=Shift_JIS"},
		{`"x.png", "application/octet-stream", engine.createByteArray("abc")`, "image/png"},
	}
	var same []jsTest
	for _, tt := range tests {
		for _, make := range []string{"engine.createQfile(", "new NewQfile("} {
			same = append(same, jsTest{make + tt.arguments, "expect(" + make + tt.arguments + `).getContentType()).toEqual("` + tt.want + `");`})
		}
	}
	pass(t, files, same)
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	pass(t, files, []jsTest{
		{"bytes", `
			const bytes = fileRepository.readFile(engine.createQfile("a", "text/plain", "aé"));
			expect(bytes.getLength()).toEqual(3);
			expect(base64.encodeToString(bytes)).toEqual("YcOp");
			expect(fileRepository.readFile(engine.createQfile("a", "text/plain", "")).getLength()).toEqual(0);`},
		{"text", `
			expect(fileRepository.readFile(engine.createQfile("a", "text/plain", "Shift_JIS", "日本\n"), "Shift_JIS")).toEqual("日本\n");
			expect(fileRepository.readFile(engine.createQfile("a", "text/plain", ""), "UTF-8")).toEqual("");`},
		{"lines", `
			const file = text => engine.createQfile("a", "text/plain", text);
			expect(linesOf(file("a\nb\r\nc\rd"), "UTF-8")).toEqual(["a", "b", "c", "d"]);
			expect(linesOf(file("a\n"), "UTF-8")).toEqual(["a"]);
			expect(linesOf(file("a\n\n"), "UTF-8")).toEqual(["a", ""]);
			expect(linesOf(file("\n"), "UTF-8")).toEqual([""]);
			expect(linesOf(file(""), "UTF-8")).toEqual([]);
			expect(fileRepository.readFile(file("a"), "UTF-8", () => 5) === undefined).toEqual(true);`},
		{"what throws while lines are read", `
			const file = engine.createQfile("a", "text/plain", "a\nb\nc");
			const mine = new Error("mine");
			let seen = 0, caught = null;
			try { fileRepository.readFile(file, "UTF-8", line => { if (++seen === 2) throw mine; }); } catch (e) { caught = e; }
			expect(caught === mine).toEqual(true);
			expect(seen).toEqual(2);
			try { fileRepository.readFile(file, 1, () => { throw "text"; }); } catch (e) { caught = e; }
			expect(caught === "text").toEqual(true);`},
		{"packets", `
			const file = engine.createQfile("a", "a/b", "abcdefg");
			const sizes = [], parts = [];
			fileRepository.readFile(file, 3, packet => { sizes.push(packet.getLength()); parts.push(hex.encodeToString(packet)); });
			expect(sizes).toEqual([3, 3, 1]);
			expect(parts.join("")).toEqual(bytesOf(file));
			let calls = 0;
			fileRepository.readFile(file, 7, () => calls++);
			fileRepository.readFile(file, 2147483647, () => calls++);
			expect(calls).toEqual(2);
			fileRepository.readFile(engine.createQfile("a", "a/b", ""), 7, () => calls++);
			expect(calls).toEqual(2);`},
		{"packets become files again", `
			const file = engine.createQfile("a", "a/b", "abcdefg");
			const parts = [];
			fileRepository.readFile(file, 4, packet => parts.push(new NewQfile("part" + parts.length, "a/b", packet)));
			expect(parts.map(p => fileRepository.readFile(p, "UTF-8"))).toEqual(["abcd", "efg"]);
			expect(parts[1].getName()).toEqual("part1");`},
		{"a file read while it is read", `
			const file = engine.createQfile("a", "text/plain", "a\nb");
			let text = "";
			fileRepository.readFile(file, "UTF-8", line => { linesOf(file, "UTF-8").forEach(inner => { text += line + inner; }); });
			expect(text).toEqual("aaabbabb");`},
		{"malformed text", `
			const file = new NewQfile("a", "a/b", base64.decodeFromStringToByteArray("Yf9i"));
			expect(fileRepository.readFile(file, "UTF-8")).toEqual("a\ufffdb");`},
	})
}

func TestFileCharsets(t *testing.T) {
	t.Parallel()
	tests := []struct{ charset, hex string }{
		{"UTF-8", "61e697a5"},
		{"utf-8", "61e697a5"},
		{"UTF-16", "feff006165e5"},
		{"UTF-16LE", "6100e565"},
		{"UTF-16BE", "006165e5"},
		{"x-UTF-16LE-BOM", "fffe6100e565"},
		{"Shift_JIS", "6193fa"},
		{"SJIS", "6193fa"},
		{"Windows-31J", "6193fa"},
		{"MS932", "6193fa"},
		{"EUC-JP", "61c6fc"},
		{"ISO-2022-JP", "611b2442467c1b2842"},
	}
	same := []jsTest{
		{"US-ASCII", `expect(bytesOf(engine.createQfile("a", "a/b", "US-ASCII", "aé"))).toEqual("613f");`},
		{"ISO-8859-1", `expect(bytesOf(engine.createQfile("a", "a/b", "ISO-8859-1", "aé"))).toEqual("61e9");`},
		{"UTF-16 of either order", `
			const decode = digits => fileRepository.readFile(new NewQfile("a", "a/b", hex.decodeFromString(digits)), "UTF-16");
			expect(decode("feff0061")).toEqual("a");
			expect(decode("fffe6100")).toEqual("a");
			expect(decode("0061")).toEqual("a");`},
		{"nothing has no byte order mark", `
			for (const charset of ["UTF-16", "x-UTF-16LE-BOM"]) {
				expect(engine.createQfile("a", "text/plain", charset, "").getLength()).toEqual(0);
				expect(new NewQfile("a", "text/plain; charset=" + charset, "").getLength()).toEqual(0);
			}`},
	}
	for _, tt := range tests {
		same = append(same, jsTest{tt.charset + " there and back", `
			const file = engine.createQfile("a", "a/b", "` + tt.charset + `", "a日");
			expect(bytesOf(file)).toEqual("` + tt.hex + `");
			expect(fileRepository.readFile(file, "` + tt.charset + `")).toEqual("a日");`})
	}
	pass(t, files, same)
}

func TestFileErrors(t *testing.T) {
	t.Parallel()
	const bad = "java.lang.IllegalArgumentException"
	pass(t, files+"const f = engine.createQfile('a', 'a/b', 'x');", throwing([]jsError{
		{`new NewQfile("a.png", 'image/png"', engine.createByteArray("x"))`, bad},
		{`new NewQfile("a.png", 'image/png"', "x")`, bad},
		{`engine.createQfile("a", "image", "x")`, bad},
		{`engine.createQfile("a", "", "x")`, bad},
		{`engine.createQfile("a", "image/", "x")`, bad},
		{`engine.createQfile("a", "/png", "x")`, bad},
		{`engine.createQfile("a", "image/png; name", "x")`, bad},
		{`engine.createQfile("a", 'text/plain; charset="UTF-8', "x")`, bad},
		{`engine.createQfile("a", "text/plain")`, "needs (name, contentType, content)"},
		{`engine.createQfile("a", null, "x")`, "contentType is null"},
		{`engine.createQfile(null, "a/b", "x")`, "name is null"},
		{`new NewQfile("a", "a/b", null)`, "content is null"},
		{`new NewQfile("a", "a/b", {})`, "content is an object"},
		{`engine.createQfile("a", "a/b", "no-such", "x")`, "java.nio.charset.UnsupportedCharsetException: no-such"},
		{`fileRepository.readFile(null)`, "the first argument is null, not a file"},
		{`fileRepository.readFile()`, "the first argument is undefined, not a file"},
		{`fileRepository.readFile("a.txt")`, "the first argument is text, not a file"},
		{`fileRepository.readFile(f, "no-such")`, "UnsupportedCharsetException"},
		{`fileRepository.readFile(f, 5)`, "the second argument is a number, not the name of a charset"},
		{`fileRepository.readFile(f, "UTF-8", "x")`, "the third argument is text, not a function"},
		{`fileRepository.readFile(f, 0, () => 1)`, "the size of a packet is 0"},
		{`fileRepository.readFile(f, -1, () => 1)`, "size is not a whole number"},
		{`fileRepository.readFile(f, NaN, () => 1)`, "size is not a whole number"},
		{`fileRepository.readFile(f, Infinity, () => 1)`, "size is not a whole number"},
	}))
}

func TestFilesOfATask(t *testing.T) {
	t.Parallel()
	task := runtime.Task{
		Items: declared(),
		Data:  map[string]any{"q_files": []any{&hostapi.File{Name: "a.txt", ContentType: "text/plain; charset=UTF-8", Content: []byte("x\ny")}}},
	}
	result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(def + files + `
		const all = read("q_files");
		const upper = linesOf(all.get(0), all.get(0).getCharset()).map(l => l.toUpperCase()).join("");
		write("q_files", [...all, new NewQfile("b.txt", "text/plain", upper)]);
		if (read("q_files").size() !== 2) throw "not seen";`)})
	if err != nil {
		t.Fatal(detail(err))
	}
	want := `[{"name":"a.txt","contentType":"text/plain; charset=UTF-8","content":"eAp5"},{"name":"b.txt","contentType":"text/plain; charset=UTF-8","content":"WFk="}]`
	if got := asJSON(t, result.Data["q_files"]); got != want {
		t.Errorf("q_files = %s", got)
	}
}
