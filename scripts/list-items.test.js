// Tests list-items.js. Run them: postern test scripts/list-items.js

// The settings and data items that the script meets.
const prepare = () => {
  const count = engine.createDataDefinition("Count", 1, "q_count", "DECIMAL");
  const file = engine.createDataDefinition("Items", 2, "q_items", "FILE");
  configs.put("conf_Url", "https://api.example.com");
  configs.putObject("conf_Auth", httpClient.createAuthSettingToken("crm", "crm-token"));
  configs.putObject("conf_Count", count);
  configs.putObject("conf_File", file);
  return { count, file };
};

// An API that gives one answer, to the request that it expects.
const answer = (status, body) => {
  httpClient.setRequestHandler((request) => {
    expect(request.method).toEqual("GET");
    expect(request.url).toEqual("https://api.example.com/api/items?limit=100");
    expect(request.headers.Authorization).toEqual("Bearer crm-token");
    return httpClient.createHttpResponse(status, "application/json", JSON.stringify(body));
  });
};

test("lists the items", () => {
  const { count, file } = prepare();
  answer(200, { items: [{ id: 1, name: "latch" }, { id: 2, name: "hinge" }] });
  main();
  expect(engine.findData(count)).toEqual(new java.math.BigDecimal(2));
  const written = engine.findData(file).get(0);
  expect(written.getName()).toEqual("items.txt");
  expect(written.getContentType()).toEqual("text/plain; charset=UTF-8");
  expect(fileRepository.readFile(written, "UTF-8")).toEqual("1 latch\n2 hinge\n");
});

test("makes no file if none is wanted", () => {
  const { count, file } = prepare();
  configs.put("conf_File", null);
  answer(200, { items: [] });
  main();
  expect(engine.findData(count)).toEqual(new java.math.BigDecimal(0));
  expect(engine.findData(file)).toEqual(null);
});

test("fails if the API does", () => {
  const { count } = prepare();
  answer(503, { error: "down for a moment" });
  expect(main).toThrow("The API responded with 503.");
  expect(engine.findData(count)).toEqual(null);
});
