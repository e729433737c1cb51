package load_test

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"strings"
)

//go:embed testdata/request.wasm
var requestWasm []byte

//go:embed testdata/call.wasm
var callWasm []byte

//go:embed testdata/loop.wasm
var loopWasm []byte

// program is what tasks run.
type program struct {
	name   string
	source func(generation int) []byte
	out    string // what it writes: GENERATION, that of its source, CLIENT and ID, those of its task
}

// short are programs that end.
var short = []program{ //nolint:gochecknoglobals // a table
	{"compute.js", javascript(`engine.setDataByVarName("q_out", "GENERATION " + engine.findDataByVarName("q_id"))`), "GENERATION ID"},
	{"request.js", javascript(`
		const request = engine.findDataByVarName("q_request");
		const token = httpClient.getOAuth2Token(request.authSetting);
		const response = httpClient.begin().bearer(token).queryParam("id", engine.findDataByVarName("q_id")).get(request.url);
		const {client, query} = JSON.parse(response.getResponseAsString());
		engine.setDataByVarName("q_out", "GENERATION " + client + " " + query.id)`), "GENERATION CLIENT ID"},
	{"request.wasm", webAssembly(requestWasm), "CLIENT ID"},
}

// endless are programs that do not end by themselves.
var endless = []program{ //nolint:gochecknoglobals // a table
	{"request.js", javascript(`httpClient.begin().get(engine.findDataByVarName("q_request").url)`), ""},
	{"request.wasm", webAssembly(requestWasm), ""},
	{"call.js", javascript(`load.wait()`), ""},
	{"call.wasm", webAssembly(callWasm), ""},
	{"loop.js", javascript(`load.arrive(); for (;;) {}`), ""},
	{"loop.wasm", webAssembly(loopWasm), ""},
}

// padding makes what a script that is not freed keeps of the heap large enough to be seen.
var padding = "\n" + strings.Repeat("// a comment that makes the source larger\n", 1500) //nolint:gochecknoglobals // a constant

func javascript(source string) func(int) []byte {
	return func(generation int) []byte {
		return []byte(strings.ReplaceAll(source, "GENERATION", fmt.Sprint(generation)) + padding)
	}
}

// webAssembly adds a custom section, which makes each generation another module.
func webAssembly(module []byte) func(int) []byte {
	return func(generation int) []byte {
		text := fmt.Append(nil, generation, padding)
		out := binary.AppendUvarint(append(bytes.Clone(module), 0), uint64(2+len(text)))
		return append(append(out, 1, 'n'), text...)
	}
}
