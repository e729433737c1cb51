// Does the calls of q_calls in order and stores what came of each in q_results.
const results = [];

const operations = {
	find: c => engine.findDataByVarName(c.name),
	set: c => { engine.setDataByVarName(c.name, c.value) },
	log: c => { console[c.level](c.message) },
	token: c => httpClient.getOAuth2Token(c.name),
	limit: () => httpClient.getRequestingLimit(),
	request: c => {
		const request = httpClient.begin();
		for (const [member, ...args] of c.build ?? []) request[member](...args);
		const response = request[c.method](c.url);
		return {
			status: response.getStatusCode(),
			text: response.getResponseAsString(),
			length: response.getResponse().getLength(),
			type: response.getContentType() ?? "",
			header: [...response.getHeaderValues(c.header ?? "")],
		};
	},
	loop: () => { for (;;); },
};

for (const call of engine.findDataByVarName("q_calls")) {
	try {
		results.push({ ok: operations[call.do](call) ?? null });
	} catch (e) {
		if (call.uncaught) throw e;
		results.push({ code: e.code, message: e.message, hint: e.hint ?? "" });
	}
	engine.setDataByVarName("q_results", results);
}
