// What the types allow, and what it gives: tsc reads this file, and a test runs it.

const url = "https://api.example.com/";

test("data items", () => {
  const text = engine.createDataDefinition("Text", 1, "q_text", "STRING_TEXTFIELD");
  const number = engine.createDataDefinition("Number", 2, null, "DECIMAL");
  const choice = engine.createDataDefinition("Choice", 3, "q_choice", "SELECT_CHECKBOX");
  itemDao.addItem(choice, engine.createItem("a", "A"));

  engine.setData(text, "x");
  engine.setData(number, new java.math.BigDecimal("1.50"));
  engine.setData(choice, itemDao.findAll(choice));
  engine.setDataByVarName("q_choice", ["a"]);
  engine.setDataByNumber(1, null);

  /** @type {postern.List<string>} */
  const chosen = engine.findData(choice);
  expect(chosen.size() + chosen.length + chosen.get(0)).toEqual("2a");
  expect(engine.findDataByNumber("1")).toEqual(null);
  expect(engine.findDataByVarName("q_choice")).toEqual(["a"]);

  /** @type {string | null} */
  const varName = number.getVarName();
  expect(varName).toEqual(null);
  expect(text.getName() + text.getNumber() + text.matchDataType("STRING")).toEqual("Text1true");
  expect(engine.findDataDefinitionByNumber(9)?.getName()).toEqual(undefined);
  expect(engine.findDataDefinitionByVarName("q_text")?.getName()).toEqual("Text");
});

test("tables", () => {
  const definition = engine.createDataDefinition("Table", 1, "q_table", "LIST");
  definition.addSubDataDefinition("Name", "name", "STRING");
  definition.addDecimalSubDataDefinition("Price", "price", 2, true, false);
  definition.addSelectSubDataDefinition("Size", "size", "s", "m");
  expect(definition.getSubDataDefinitions().map(column => column.getVarName())).toEqual(["name", "price", "size"]);

  const table = definition.createListArray();
  const row = table.addRow();
  row.setCol(0, "tea");
  row.put("price", 1.5);
  row.put("size", null);
  engine.setData(definition, table);
  expect([table.size(), table.isEmpty(), row.size()]).toEqual([1, false, 3]);
  expect([table.get(0, 0), table.get(0, "price"), table.getRow(0).get("size")]).toEqual(["tea", "1.50", ""]);

  const price = row.getObject("price");
  expect(price instanceof java.math.BigDecimal && price.scale()).toEqual(2);
});

test("settings", () => {
  configs.put("conf_text", "text");
  configs.putObject("conf_switch", true);
  configs.putObject("conf_user", engine.createQuser(7, "Ada", "ada@example.com"));

  const text = configs.get("conf_text");
  expect(text === null ? 0 : text.length).toEqual(4);
  expect([configs.get("conf_user"), configs.get("conf_none"), configs.getObject("conf_switch")]).toEqual(["7", null, true]);
  configs.put("conf_text", null);
  expect(configs.get("conf_text") ?? "").toEqual("");
});

test("the step and its process", () => {
  const top = engine.createQgroup(1, "Top");
  const below = engine.createQgroup(2, "Below", null, top);
  const ada = engine.createQuser(7, "Ada", "ada@example.com");
  expect(quserDao.findByEmail("ada@example.com")?.getId()).toEqual(7);
  expect(quserDao.findById("7")?.equals(ada)).toEqual(true);
  expect(quserDao.findByQgroupAndPosition(top, true).isEmpty()).toEqual(true);
  expect([...qgroupDao.findChildQgroups(top)].map(group => group.getName())).toEqual(["Below"]);
  expect(qgroupDao.findDescendantQgroups(top).contains(below)).toEqual(true);
  expect(qgroupDao.findById(1)?.getEmail()).toEqual(null);

  expect(processInstance.getProcessInstanceId() + processInstance.getProcessModelInfoId()).toEqual(2);
  expect(processInstance.getProcessInstanceDebug()).toEqual(false);
  expect(engine.restoreTemporaryData()).toEqual(null);
  engine.saveTemporaryData("half");
  expect(engine.restoreTemporaryData()?.toUpperCase()).toEqual("HALF");
  engine.addProcessStartedSet("a");
  engine.setStartProcess(true);
  expect([engine.isProcessStarted("a"), engine.isProcessStarted("b"), engine.isStartProcess()]).toEqual([true, false, true]);
  engine.setTimeZoneOffsetInMinutes(-90);
  expect([engine.getTimeZoneId(), engine.getTimeZoneOffsetInMinutes()]).toEqual(["GMT-01:30", -90]);
  engine.log({ any: "thing" });
  console.log("one", 2, [3]);
  console.debug(); console.info(); console.warn(); console.error();
});

test("requests", () => {
  const file = engine.createQfile("a.txt", "text/plain", "abc");
  httpClient.setRequestHandler(request => {
    /** @type {string | null} */
    const authorization = request.headers.get("authorization");
    if (request.contentType === "multipart/form-data") {
      /** @type {postern.SentParts} */
      const parts = request.body;
      expect([parts.size(), parts.isEmpty(), parts.containsKey("b")]).toEqual([1, false, false]);
      expect(parts.keySet()).toEqual(["a"]);
      expect(parts.get("a")?.get(1).getName()).toEqual("a.txt");
      expect(parts.get("b")).toEqual(null);
    }
    return httpClient.createHttpResponse(201, "text/plain; charset=UTF-8", `${request.method} ${request.url} ${authorization} ${request.body}`)
      .addHeader("X-A", 1);
  });

  const response = httpClient.begin().bearer("t").header("X-B", true).queryParam("n", 5).get(url);
  expect(response.getStatusCode()).toEqual(201);
  expect(response.getResponseAsString()).toEqual("GET https://api.example.com/?n=5 Bearer t null");
  expect([response.getContentType(), response.getCharset()]).toEqual(["text/plain", "UTF-8"]);
  expect(response.getHeaderValues("x-a").get(0)).toEqual("1");
  expect(response.getHeaderValues("x-c").isEmpty()).toEqual(true);
  expect(response.getResponse().getLength()).toEqual(46);

  httpClient.begin().basic("u", "p").formParam("a", "b").post(url);
  httpClient.begin().authorization("Key", "k").body("{}", "application/json").put(url);
  httpClient.begin().awsSignV4("a", "b", "c", "s3").body(file).patch(url);
  httpClient.begin().body(file, "text/csv").retry(2).delete(url);
  httpClient.begin().body(digest.md5(""), "application/octet-stream").head(url);
  httpClient.begin().multipart("a", "text").multipart("a", file).post(url);
  expect(httpClient.getRequestingLimit() > 10).toEqual(true);
});

test("auth settings", () => {
  httpClient.setRequestHandler(request => httpClient.createHttpResponse(200, null, request.headers.Authorization));
  const key = httpClient.createAuthSettingOAuth2JwtBearer("key", "s", "", "", "kid", "pem", "one");
  for (const setting of [
    httpClient.createAuthSettingOAuth2("web", "a", "t", "s", "id", "secret", "token"),
    httpClient.createAuthSettingOAuth2ClientCredentials("own", "t", "s", "id", "secret", "token"),
    httpClient.createAuthSettingToken("fixed", "token"),
  ]) {
    configs.putObject("conf_auth", setting);
    expect(httpClient.getOAuth2Token(setting.getName())).toEqual("token");
    expect(httpClient.begin().authSetting(setting).get(url).getResponseAsString()).toEqual("Bearer " + setting.getToken());
  }
  expect(key.getScope() + key.getClientId() + key.getPrivateKeyId() + key.getPrivateKey()).toEqual("skidpem");
  expect(key.getCustomSecret1() + key.getCustomSecret2()).toEqual("one");
  const signed = httpClient.begin().oauth2JwtBearer(key, setting => ({ access_token: setting.getName() }));
  expect(signed.get(url).getResponseAsString()).toEqual("Bearer key");
  const basic = httpClient.createAuthSettingBasic("basic", "u", "p");
  expect(httpClient.begin().authSetting(basic).get(url).getResponseAsString()).startsWith("Basic ");
  const user = engine.createQuser(1, "Ada", "ada@example.com");
  expect(httpClient.getGoogleOAuth2Token(user, "Drive").length > 0).toEqual(true);
  expect(httpClient.begin().googleOAuth2(user, "Drive").get(url).getStatusCode()).toEqual(200);
});

test("webhook headers", () => {
  const headers = engine.createHttpHeaders();
  headers.set("X-A", "1");
  expect([headers.getFirst("x-a"), headers.getFirst("x-b")]).toEqual(["1", null]);
  expect(headers.get("x-a").size()).toEqual(1);
});

test("messages", () => {
  feedService.setPostHandler(sent => {
    expect([sent.channel, sent.messageId, sent.message, sent.markdown, sent.files.size()]).toEqual(["c", 3, "*m*", true, 1]);
    return 4;
  });
  const post = feedService.begin().setMessage("m").setMarkdown("*m*").setChannel("c").setMessageId(3);
  post.attachFile(engine.createQfile("a", "text/plain", "a")).setShareQgroup(engine.createQgroup(1, "G"));
  expect(post.post() + 1).toEqual(5);

  const [first] = emailService.parseAddressHeader("Ada <ada@example.com>");
  expect([first.getAddress(), first.getPersonal()]).toEqual(["ada@example.com", "Ada"]);
  expect(emailService.parseAddressHeader(null).size()).toEqual(0);
  emailService.begin().addTo("a@example.com").setReplyTo("b@example.com", "B").setSubject("s").setBody("b")
    .addAttachment("a.txt", "text/plain", "a").addAttachment(engine.createQfile("a", "text/plain", "a"));
});

test("files and bytes", () => {
  const NewQfile = com.questetra.bpms.core.event.scripttask.NewQfile;
  const file = new NewQfile("a.txt", "text/plain", "Shift_JIS", "a\nb");
  expect([file.getName(), file.getContentType(), file.getLength(), file.getCharset()]).toEqual(["a.txt", "text/plain; charset=Shift_JIS", 3, "Shift_JIS"]);
  expect(new NewQfile("b", "application/pdf", fileRepository.readFile(file)).getCharset()).toEqual(null);
  expect(fileRepository.readFile(file, "UTF-8").split("\n").length).toEqual(2);
  /** @type {string[]} */
  const lines = [];
  fileRepository.readFile(file, "UTF-8", line => { lines.push(line); });
  expect(lines).toEqual(["a", "b"]);
  let length = 0;
  fileRepository.readFile(file, 2, packet => { length += packet.getLength(); });
  expect(length).toEqual(3);

  expect(base64.encodeToString("a") + base64.encodeToUrlSafeString(new Uint8Array([255]))).toEqual("YQ==_w==");
  expect(base64.decodeFromString("YQ") + base64.decodeFromUrlSafeString("YQ", "US-ASCII")).toEqual("aa");
  expect(base64.decodeFromStringToByteArray("YQ==").getLength() + base64.decodeFromUrlSafeStringToByteArray("").getLength()).toEqual(1);
  expect(hex.encodeToString(hex.decodeFromString("00ff"))).toEqual("00ff");
  const sizes = [digest.md5("a"), digest.sha1(file), digest.sha256(engine.createByteArray("a")), digest.sha512("a")];
  expect(sizes.map(bytes => bytes.getLength())).toEqual([16, 20, 32, 64]);
  const codes = [hmac.md5("k", "a"), hmac.sha1("k", "a"), hmac.sha256("k", "a"), hmac.sha512("k", "a")];
  expect(codes.map(bytes => bytes.getLength())).toEqual([16, 20, 32, 64]);
  expect(markdown.toHtml("*a*")).containsString("<em>");
});

test("keys", () => {
  // The types only: a key in a file of the repository is a key for everybody.
  const sign = (/** @type {string} */ pem) => jwt.build({ alg: "RS256", typ: "JWT" }, { sub: "a" }, rsa.readKeyFromPkcs8(pem));
  const verify = (/** @type {string} */ token, /** @type {string} */ pem) => jwt.verify(token, rsa.readKeyFromX509(pem));
  expect(() => sign("")).toThrow();
  expect(() => verify("", "")).toThrow();
});

test("lists", () => {
  /** @type {postern.List<string>} */
  const list = new java.util.ArrayList();
  list.add("b");
  list.add(0, "a");
  list.addAll(["c", "d"]);
  list.addAll(0, new java.util.ArrayList(["x"]));
  expect([...list].join("") + list.set(0, "y") + list.remove(0)).toEqual("xabcdxy");
  expect([list.remove("d"), list.contains("a"), list.indexOf("c"), list.lastIndexOf("z")]).toEqual([true, true, 2, -1]);
  expect(list.toString() + list.subList(1, 3).size()).toEqual("[a, b, c]2");
  expect(list.toArray().map(text => text.length)).toEqual([1, 1, 1]);
  expect(list.equals(["a", "b", "c"])).toEqual(true);
  const texts = [];
  for (const i = list.iterator(); i.hasNext();) texts.push(i.next());
  list.clear();
  expect([texts.length, list.isEmpty(), list.length]).toEqual([3, true, 0]);
  expect(list instanceof java.util.ArrayList && list instanceof java.util.List && Array.isArray(list)).toEqual(true);
  const text = /** @type {any} */ ("a");
  expect(text instanceof java.lang.String).toEqual(true);
});

test("dates", () => {
  const stamp = java.sql.Timestamp.valueOf("2024-01-02 15:04:05");
  const now = new com.questetra.bpms.util.AddableTimestamp();
  const later = now.addDays(1).addHours(1).addMinutes(1).addSeconds(1).addMonths(1).addYears(1);
  expect([now.before(later), now.after(later), now.compareTo(later), now.equals(later)]).toEqual([true, false, -1, false]);
  expect(later.getFirstTimeInDate().getNanos()).toEqual(0);
  expect([stamp.getYear(), stamp.getMonth(), stamp.getDate(), stamp.getDay()]).toEqual([124, 0, 2, 2]);
  expect([stamp.getHours(), stamp.getMinutes(), stamp.getSeconds()]).toEqual([15, 4, 5]);
  expect(String(stamp)).toEqual("2024-01-02 15:04:05.0");
  expect(java.sql.Date.valueOf("2024-01-02").toString()).toEqual("2024-01-02");
  expect(new com.questetra.bpms.util.AddableDate(0).addDays(1).toString()).toEqual("1970-01-02");
  expect(new java.util.Date(5).getTime()).toEqual(5);
  expect(/** @type {unknown} */ (now) instanceof java.sql.Timestamp).toEqual(true);

  expect(dateFormatter.format("yyyy/MM/dd", stamp) + dateFormatter.format("UTC", "HH", stamp)).toEqual("2024/01/0206");
  expect(dateFormatter.parse("UTC", "yyyy-MM-dd", "2024-01-02").addDays(1).getTime()).toEqual(Date.UTC(2024, 0, 3));
  const format = new java.text.SimpleDateFormat("GGGGyyyy", new java.util.Locale("ja", "JP", "JP"));
  expect(format.format(stamp)).toEqual("令和6");
  const plain = new java.text.SimpleDateFormat("HH");
  plain.setTimeZone("UTC");
  expect(plain.format(plain.parse("07"))).toEqual("07");
});

test("decimals", () => {
  const mode = java.math.RoundingMode.HALF_UP;
  const third = new java.math.BigDecimal(1).divide(3, 2, mode);
  expect(third.toString()).toEqual("0.33");
  expect(java.math.BigDecimal.valueOf(0.1).add("0.2").multiply(third).negate().abs().toPlainString()).toEqual("0.099");
  expect(third.subtract(1).remainder(5).max(0).min(9).signum()).toEqual(0);
  expect(third.setScale(1, mode).precision() + third.scale() + third.stripTrailingZeros().intValue()).toEqual(3);
  expect([third.compareTo(1), third.equals(third), third.longValue(), third.doubleValue() < third.floatValue() + 1]).toEqual([-1, true, 0, true]);
  expect(() => third.longValueExact()).toThrow();
  expect(() => third.intValueExact()).toThrow();
  expect(java.math.BigDecimal(2).divide(8).divide(3, java.math.BigDecimal.ROUND_DOWN).toString()).toEqual("0.08");
  const format = new java.text.DecimalFormat("#,##0.00");
  expect(format.format(1234.5) + format.parse("1,234.5")).toEqual("1,234.501234.5");
});

test("errors", () => {
  try {
    httpClient.begin().get(url);
    fail("an answer");
  } catch (e) {
    const error = /** @type {postern.HostError} */ (e);
    expect(error.code).toEqual("denied");
    expect(error.hint ?? "").containsString("setRequestHandler");
  }
  try {
    new java.math.BigDecimal("x");
    fail("no number");
  } catch (e) {
    expect(/** @type {postern.JavaException} */ (e).name).toEqual("java.lang.NumberFormatException");
  }
});
