package jsapi_test

import "testing"

// These are complete tasks with complete tests, in a typical style.

// A file goes up in pieces: each is announced with its place, the last one makes
// the file.
func TestUploadInPieces(t *testing.T) {
	t.Parallel()
	passSuite(t, `
const SIZE = 1000;
const main = () => {
	const auth = configs.getObject("conf_Auth");
	const files = engine.findData(configs.getObject("conf_File"));
	const urlDef = configs.getObject("conf_Url");
	if (files === null) throw "No File attached";
	if (files.size() !== 1) throw new Error("More than one file: " + files.size());
	const file = files.get(0);
	engine.log("file: " + file.getName() + ", " + file.getLength().toString() + " bytes");
	if (Math.ceil(file.getLength() / SIZE) + 2 > httpClient.getRequestingLimit()) throw new Error("File size is too large.");
	const session = createSession(auth, file);
	const parts = uploadParts(auth, session, file);
	const response = httpClient.begin().authSetting(auth)
		.header("Digest", "sha=" + base64.encodeToString(digest.sha1(file)))
		.body(JSON.stringify({parts}), "application/json")
		.post("https://upload.example.com/" + session + "/commit");
	if (response.getStatusCode() !== 201) throw new Error("Failed to commit. status: " + response.getStatusCode());
	if (urlDef !== null) engine.setData(urlDef, response.getHeaderValues("Location").get(0));
};
const createSession = (auth, file) => {
	const response = httpClient.begin().authSetting(auth)
		.body(JSON.stringify({name: file.getName(), size: file.getLength()}), "application/json; charset=UTF-8")
		.post("https://upload.example.com/sessions");
	const status = response.getStatusCode(), text = response.getResponseAsString();
	if (status >= 300) {
		engine.log(text);
		throw "Failed to create session. status: " + status;
	}
	return JSON.parse(text).id;
};
const uploadParts = (auth, session, file) => {
	const parts = [];
	let offset = 0;
	fileRepository.readFile(file, SIZE, packet => {
		const end = offset + packet.getLength();
		const response = httpClient.begin().authSetting(auth)
			.header("Content-Range", "bytes " + offset + "-" + (end - 1) + "/" + file.getLength())
			.body(packet, "application/octet-stream")
			.put("https://upload.example.com/" + session);
		if (response.getStatusCode() !== 200) throw "Failed to upload at " + offset;
		parts.push(JSON.parse(response.getResponseAsString()));
		offset = end;
	});
	return parts;
};
`, `
const SESSION = "s1";
const prepareConfigs = (configs, content) => {
	const auth = httpClient.createAuthSettingOAuth2("Upload", "https://a/", "https://t/", "write", "id", "secret", "token");
	configs.putObject("conf_Auth", auth);
	const fileDef = engine.createDataDefinition("File", 1, "q_file", "FILE");
	if (content !== null) engine.setData(fileDef, [createQfile("日.bin", content)]);
	configs.putObject("conf_File", fileDef);
	const urlDef = engine.createDataDefinition("Url", 2, "q_url", "STRING_TEXTFIELD");
	engine.setData(urlDef, "before");
	configs.putObject("conf_Url", urlDef);
	return urlDef;
};
const createQfile = (name, content) => engine.createQfile(name, "application/octet-stream", content);
const contentOf = size => {
	let content = "";
	for (let i = 0; content.length < size; i++) content += String(i % 10).repeat(100);
	return content.slice(0, size);
};
const handler = (content, seen, {status = 200} = {}) => ({url, method, contentType, body, headers}) => {
	expect(headers.Authorization).toEqual("Bearer token");
	seen.push(method + " " + url);
	if (seen.length === 1) {
		expect(contentType).toEqual("application/json; charset=UTF-8");
		expect(JSON.parse(body)).toEqual({name: "日.bin", size: content.length});
		return httpClient.createHttpResponse(201, "application/json", JSON.stringify({id: SESSION}));
	}
	if (method === "PUT") {
		const offset = (seen.length - 2) * 1000;
		expect(contentType).toEqual("application/octet-stream");
		expect(body).toEqual(content.slice(offset, offset + 1000));
		expect(headers["Content-Range"]).toEqual("bytes " + offset + "-" + (offset + body.length - 1) + "/" + content.length);
		return httpClient.createHttpResponse(status, "application/json", JSON.stringify({offset, size: body.length}));
	}
	expect(url).endsWith("/" + SESSION + "/commit");
	expect(headers.get("Digest")).toEqual("sha=" + base64.encodeToString(digest.sha1(engine.createByteArray(content))));
	expect(JSON.parse(body).parts.length).toEqual(Math.ceil(content.length / 1000));
	return httpClient.createHttpResponse(201, "application/json", "{}").addHeader("Location", "https://files.example.com/1");
};
const assertError = message => { try { main(); fail(); } catch (e) { expect(e.message === undefined ? e.toString() : e.message).toEqual(message); } };
test("a large file", () => {
	const content = contentOf(20500), seen = [];
	const urlDef = prepareConfigs(configs, content);
	httpClient.setRequestHandler(handler(content, seen));
	expect(main()).toEqual(undefined);
	expect(seen.length).toEqual(23);
	expect(engine.findData(urlDef)).toEqual("https://files.example.com/1");
});
test("one piece", () => {
	const content = contentOf(1000), seen = [];
	const urlDef = prepareConfigs(configs, content);
	httpClient.setRequestHandler(handler(content, seen));
	main();
	expect(seen).toEqual(["POST https://upload.example.com/sessions", "PUT https://upload.example.com/s1", "POST https://upload.example.com/s1/commit"]);
});
test("no file", () => { prepareConfigs(configs, null); assertError("No File attached"); });
test("too large", () => {
	prepareConfigs(configs, contentOf(1000 * (httpClient.getRequestingLimit() - 1)));
	assertError("File size is too large.");
});
test("a session that fails", () => {
	prepareConfigs(configs, "x");
	httpClient.setRequestHandler(() => httpClient.createHttpResponse(400, "application/json", "{}"));
	assertError("Failed to create session. status: 400");
});
test("a piece that fails", () => {
	const content = contentOf(1500);
	const urlDef = prepareConfigs(configs, content);
	httpClient.setRequestHandler(handler(content, [], {status: 500}));
	assertError("Failed to upload at 0");
	expect(engine.findData(urlDef)).toEqual("before");
});
test("more than one file", () => {
	prepareConfigs(configs, "x");
	const def = configs.getObject("conf_File");
	engine.setData(def, [...engine.findData(def), createQfile("b", "y")]);
	assertError("More than one file: 2");
});
`, false)
}

// Choices come from an API; the answer is kept as text, as options and in a table.
func TestChoices(t *testing.T) {
	t.Parallel()
	passSuite(t, `
main();
function main() {
	const selectDef = configs.getObject("conf_Select");
	const tableDef = configs.getObject("conf_Table");
	const query = configs.getObject("conf_Query") === null ? configs.get("conf_Query") : engine.findData(configs.getObject("conf_Query"));
	if (query === null || query === "") throw new Error("Query is empty");
	const response = httpClient.begin().bearer(httpClient.getOAuth2Token(configs.get("conf_Auth"))).queryParam("q", query).get("https://api.example.com/search");
	const found = JSON.parse(response.getResponseAsString()).found;
	if (configs.getObject("conf_Log") === true) engine.log(response.getResponseAsString());
	const list = new java.util.ArrayList();
	itemDao.findAll(selectDef).forEach(item => { if (found.some(({code}) => code === item.getValue())) list.add(item); });
	engine.setData(selectDef, list);
	const names = tableDef.getSubDataDefinitions().map(def => def.getVarName());
	const table = tableDef.createListArray();
	found.forEach(row => {
		const newRow = table.addRow();
		names.forEach(name => newRow.put(name, String(row[name] ?? "")));
	});
	engine.setDataByNumber(configs.get("conf_Table"), table);
}
`, `
const prepare = (query, selected) => {
	const auth = httpClient.createAuthSettingToken("Search", "tok");
	configs.putObject("conf_Auth", auth);
	const select = engine.createDataDefinition("Select", 1, "q_select", "SELECT_CHECKBOX");
	["a", "b", "c"].forEach(v => itemDao.addItem(select, engine.createItem(v, v.toUpperCase())));
	configs.putObject("conf_Select", select);
	const table = engine.createDataDefinition("Table", 2, "q_table", "LIST");
	table.addSubDataDefinition("Code", "code", "STRING");
	table.addDecimalSubDataDefinition("Price", "price", 2, true, true);
	table.addSelectSubDataDefinition("Kind", "kind", "x", "y");
	configs.putObject("conf_Table", table);
	configs.putObject("conf_Log", true);
	if (typeof query === "string") configs.put("conf_Query", query);
	else {
		const def = engine.createDataDefinition("Query", 3, "q_query", "STRING");
		engine.setData(def, query.text);
		configs.putObject("conf_Query", def);
	}
	httpClient.setRequestHandler(({url, headers}) => {
		expect(url).toEqual("https://api.example.com/search?q=caf%C3%A9+%26+co");
		expect(headers.Authorization).toEqual("Bearer tok");
		return httpClient.createHttpResponse(200, "application/json", '{"found":[{"code":"a","price":1.5,"kind":"x"},{"code":"c"},{"code":"z","price":10}]}');
	});
	return {select, table};
};
for (const [name, query] of [["a constant", "café & co"], ["a data item", {text: "café & co"}]]) {
	test("a query from " + name, () => {
		const {select, table} = prepare(query);
		execute();
		expect(engine.findData(select).size()).toEqual(2);
		expect([...engine.findData(select)].map(i => i.getDisplay())).toEqual(["A", "C"]);
		const rows = engine.findData(table);
		expect(rows.size()).toEqual(3);
		expect([0, 1, 2].map(i => [rows.get(i, "code"), rows.get(i, 1), rows.getRow(i).get("kind")])).toEqual([["a", "1.50", "x"], ["c", "", ""], ["z", "10.00", ""]]);
		expect(rows.getRow(0).getObject(1).toString()).toEqual("1.50");
		expect(rows.getRow(1).getObject(1)).toEqual(null);
	});
}
for (const query of ["", {text: null}, {text: ""}]) {
	test("without a query " + JSON.stringify(query), () => {
		prepare(query);
		expect(execute).toThrow("Query is empty");
	});
}
`, true)
}

// A CSV file becomes another, line by line, with the charset asked for.
func TestCSV(t *testing.T) {
	t.Parallel()
	passSuite(t, `
const main = () => {
	const files = engine.findData(configs.getObject("conf_In"));
	const charset = configs.get("conf_Charset");
	const total = {sum: 0, lines: 0};
	let csv = "";
	[...files].forEach(file => {
		fileRepository.readFile(file, file.getCharset() ?? charset, line => {
			const [name, amount] = line.split(",");
			if (isNaN(amount)) throw new Error(file.getName() + ": not a number: " + amount);
			total.sum += Number(amount);
			total.lines++;
			csv += name.trim() + "\t" + amount + "\n";
		});
	});
	const {NewQfile} = com.questetra.bpms.core.event.scripttask;
	const out = new NewQfile("out.tsv", "text/tab-separated-values; charset=" + charset, csv);
	const list = new java.util.ArrayList();
	list.add(out);
	list.addAll(0, files);
	engine.setData(configs.getObject("conf_Out"), list);
	engine.setData(configs.getObject("conf_Sum"), new java.math.BigDecimal(String(total.sum)));
};
`, `
const prepare = (charset, ...files) => {
	const item = (name, number, type) => { const def = engine.createDataDefinition(name, number, "q_" + name, type); configs.putObject("conf_" + name, def); return def; };
	engine.setData(item("In", 1, "FILE"), files);
	configs.put("conf_Charset", charset);
	return [item("Out", 2, "FILE"), item("Sum", 3, "DECIMAL")];
};
for (const charset of ["UTF-8", "Shift_JIS", "x-UTF-16LE-BOM"]) {
	test("in " + charset, () => {
		const [out, sum] = prepare(charset, engine.createQfile("a.csv", "text/csv", charset, "日本 , 1.5\r\n東京,2\r\n"), engine.createQfile("b.csv", "text/csv", "c,3"));
		main();
		const files = engine.findData(out);
		expect(files.size()).toEqual(3);
		expect(files.get(2).getName()).toEqual("out.tsv");
		expect(files.get(2).getContentType()).toEqual("text/tab-separated-values; charset=" + charset);
		expect(fileRepository.readFile(files.get(2), charset)).toEqual("日本\t 1.5\n東京\t2\nc\t3\n");
		expect(engine.findData(sum).toString()).toEqual("6.5");
	});
}
test("an empty file", () => {
	const [out, sum] = prepare("x-UTF-16LE-BOM", engine.createQfile("a.csv", "text/csv", ""));
	main();
	expect(engine.findData(out).get(1).getLength()).toEqual(0);
	expect(engine.findData(sum).longValue()).toEqual(0);
});
test("a bad line", () => {
	const [out] = prepare("UTF-8", engine.createQfile("a.csv", "text/csv", "a,1\nb,x"));
	expect(main).toThrow("a.csv: not a number: x");
	expect(engine.findData(out)).toEqual(null);
});
`, false)
}

// A token is signed for, the request carries it, and errors on the way reach the
// task as they are.
func TestSignedToken(t *testing.T) {
	t.Parallel()
	passSuite(t, `
const main = () => {
	const auth = configs.getObject("conf_Auth");
	const scope = auth.getScope();
	if (!scope.split(" ").includes("drive")) throw new Error("The scope drive is missing");
	const response = httpClient.begin().oauth2JwtBearer(auth, () => getAccessToken(auth)).get("https://api.example.com/me");
	engine.setData(configs.getObject("conf_Out"), response.getResponseAsString());
};
const getAccessToken = auth => {
	const secret = auth.getCustomSecret1();
	if (secret === "") throw new Error("Custom secret 1 is empty");
	const response = httpClient.begin().formParam("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer").formParam("assertion", auth.getPrivateKeyId() + "." + secret)
		.post("https://api.example.com/token");
	if (response.getStatusCode() !== 200) throw new Error("Failed to get Access token. status: " + response.getStatusCode());
	return JSON.parse(response.getResponseAsString());
};
`, `
const prepare = (secret, scope = "read drive") => {
	configs.putObject("conf_Auth", httpClient.createAuthSettingOAuth2JwtBearer("Service", scope, "", "", "kid", "pem", secret, ""));
	const out = engine.createDataDefinition("Out", 1, "q_out", "STRING_TEXTAREA");
	configs.putObject("conf_Out", out);
	return out;
};
test("both requests", () => {
	const out = prepare("secret");
	let count = 0;
	httpClient.setRequestHandler(({url, method, contentType, body, headers}) => {
		if (count++ === 0) {
			expect(method + " " + url).toEqual("POST https://api.example.com/token");
			expect(contentType).startsWith("application/x-www-form-urlencoded");
			expect(body).toEqual("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=kid.secret");
			return httpClient.createHttpResponse(200, "application/json", '{"access_token":"AT","expires_in":3600}');
		}
		expect(method + " " + url).toEqual("GET https://api.example.com/me");
		expect(headers.Authorization).toEqual("Bearer AT");
		return httpClient.createHttpResponse(200, "text/plain; charset=EUC-JP", "私");
	});
	main();
	expect(count).toEqual(2);
	expect(engine.findData(out)).toEqual("私");
});
test("no token", () => {
	const out = prepare("secret");
	httpClient.setRequestHandler(() => httpClient.createHttpResponse(401, "application/json", "{}"));
	let error = null;
	try { main(); } catch (e) { error = e; }
	expect(error instanceof Error).toEqual(true);
	expect(error.message).toEqual("Failed to get Access token. status: 401");
	expect(error.toString()).toEqual("Error: Failed to get Access token. status: 401");
	expect(engine.findData(out)).toEqual(null);
});
test("no secret", () => { prepare(""); expect(main).toThrow("Custom secret 1 is empty"); });
test("no scope", () => { prepare("x", ""); expect(main).toThrow("The scope drive is missing"); });
`, false)
}
