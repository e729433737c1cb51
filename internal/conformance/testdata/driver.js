// Does the calls of q_calls in order and stores what came of each in q_results.
const results = [];

const item = name => engine.findDataDefinitionByVarName(name);
const person = p => p && { id: p.getId(), name: p.getName(), email: p.getEmail() ?? "" };
const qfile = f => new com.questetra.bpms.core.event.scripttask.NewQfile(f.name, f.contentType, f.text);

const operations = {
	find: c => engine.findDataByVarName(c.name),
	set: c => { engine.setDataByVarName(c.name, c.value) },
	call: c => tickets[c.name](...c.args ?? []),
	log: c => { console[c.level](c.message) },
	token: c => httpClient.getOAuth2Token(c.name),
	tokenInfo: c => httpClient.getOAuth2TokenInfo(c.name),
	limit: () => httpClient.getRequestingLimit(),
	request: c => {
		const request = httpClient.begin();
		for (const [member, ...args] of c.build ?? []) {
			if (member === "multipartFile") request.multipart(args[0], qfile(args[1]));
			else if (member === "itemFile") request.multipart(args[0], engine.findData(item(args[1])).get(args[2]));
			else if (member === "itemBody") request.body(engine.findData(item(args[0])).get(args[1]));
			else request[member](...args);
		}
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

	item: c => {
		const d = item(c.name);
		return d && {
			name: d.getName(),
			number: d.getNumber(),
			columns: d.getSubDataDefinitions().map(s => s.getVarName() + " " + s.getName()),
			options: itemDao.findAll(d).map(o => o.getValue() + " " + o.getDisplay()),
		};
	},
	copy: c => { engine.setDataByVarName(c.to, engine.findData(item(c.name))) },
	files: c => [...engine.findData(item(c.name)) ?? []].map(f => ({
		name: f.getName(),
		contentType: f.getContentType(),
		length: f.getLength(),
		text: fileRepository.readFile(f, f.getCharset() ?? "UTF-8"),
	})),
	pieces: c => {
		const sizes = [];
		fileRepository.readFile(engine.findData(item(c.name)).get(c.number ?? 0), 10, piece => { sizes.push(piece.getLength()) });
		return sizes;
	},
	copyFiles: c => { engine.setDataByVarName(c.to, [...engine.findData(item(c.name))]) },
	postFile: c => feedService.begin().setMessage("m").attachFile(engine.findData(item(c.name)).get(0)).post(),
	addFile: c => { engine.setDataByVarName(c.name, [...engine.findData(item(c.name)) ?? [], qfile(c.file)]) },
	rows: c => {
		const table = engine.findData(item(c.name));
		const rows = [];
		for (let i = 0; i < (table?.size() ?? 0); i++) {
			const columns = item(c.name).getSubDataDefinitions();
			rows.push(Object.fromEntries(columns.map((d, k) => [d.getVarName(), table.getRow(i).get(k)])));
		}
		return rows;
	},
	addRow: c => {
		const table = engine.findData(item(c.name)) ?? item(c.name).createListArray();
		const row = table.addRow();
		for (const [name, text] of Object.entries(c.cells)) row.put(name, text);
		engine.setData(item(c.name), table);
	},
	user: c => person(engine.findData(item(c.name))),
	findUsers: c => {
		const users = c.message ? [quserDao.findByEmail(c.message)] : c.number ? [quserDao.findById(c.number)] : [];
		return users.map(person);
	},
	subgroups: c => qgroupDao.findChildQgroups(qgroupDao.findById(c.number)).map(g => g.getName()),
	setUser: c => { engine.setData(item(c.name), quserDao.findByEmail(c.message)) },
	setGroup: c => { engine.setData(item(c.name), qgroupDao.findById(c.number)) },
	members: c => quserDao.findByQgroupAndPosition(qgroupDao.findById(c.number), c.value).map(u => u.getName()),
	setting: c => {
		const s = configs.getObject(c.name);
		switch (c.as) {
		case "on": return s;
		case "item": return s.getVarName();
		case "connection": return s.getName();
		case "user": case "group": return person(s);
		}
		return configs.get(c.name);
	},
	process: () => ({
		instanceId: processInstance.getProcessInstanceId(),
		modelInfoId: processInstance.getProcessModelInfoId(),
		debug: processInstance.getProcessInstanceDebug(),
		timeZone: engine.getTimeZoneId(),
	}),
	started: c => engine.isProcessStarted(c.name),
	authSetting: c => {
		const s = configs.getObject(c.name);
		return { name: s.getName(), scope: s.getScope(), clientId: s.getClientId(), privateKeyId: s.getPrivateKeyId() };
	},
	save: c => { engine.saveTemporaryData(c.message) },
	restore: () => engine.restoreTemporaryData(),
	start: c => { engine.setStartProcess(c.value) },
	post: c => {
		const post = feedService.begin();
		if (c.post.channel) post.setChannel(c.post.channel);
		if (c.post.markdown) post.setMarkdown(c.post.message);
		else post.setMessage(c.post.message);
		if (c.post.messageId) post.setMessageId(c.post.messageId);
		if (c.number) post.setShareQgroup(qgroupDao.findById(c.number));
		for (const f of c.post.files ?? []) post.attachFile(qfile(f));
		return post.post();
	},
	email: c => {
		const email = emailService.begin().setFrom(c.email.from.address, c.email.from.name).setSubject(c.email.subject).setBody(c.email.body);
		for (const to of c.email.to) email.addTo(to.address, to.name);
		if (c.email.replyTo) email.setReplyTo(c.email.replyTo.address, c.email.replyTo.name);
		for (const f of c.email.files ?? []) email.addAttachment(qfile(f));
		email.send();
	},
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
