// Tests named-connection.js. Run them: postern test scripts/named-connection.js

// The data item that the script writes, and the one with the URL of the API.
const prepare = (url) => {
  engine.setData(engine.createDataDefinition("Base URL", 1, "q_base_url", "STRING_TEXTFIELD"), url);
  return engine.createDataDefinition("Access log", 2, "q_accesslog", "STRING_TEXTAREA");
};

// A test has no connections: an auth setting of the same name replaces one.
const connect = (name, token) => {
  configs.putObject("conf_Auth", httpClient.createAuthSettingToken(name, token));
};

test("calls the API with the connection's token", () => {
  const accessLog = prepare("https://api.example.com");
  connect("playground", "t1");
  httpClient.setRequestHandler((request) => {
    expect(request.url).toEqual("https://api.example.com/api/echo");
    expect(request.headers.Authorization).toEqual("Bearer t1");
    return httpClient.createHttpResponse(200, "application/json", '{"greeting":["hello"]}');
  });
  execute();
  expect(engine.findData(accessLog)).toEqual('200 {"greeting":["hello"]}');
});

test("calls the playground if no URL is given", () => {
  prepare(null);
  connect("playground", "t1");
  httpClient.setRequestHandler((request) => {
    expect(request.url).toEqual("http://127.0.0.1:8085/api/echo");
    return httpClient.createHttpResponse(200, null);
  });
  execute();
});

test("needs the connection", () => {
  prepare(null);
  connect("another", "t1");
  let message = "";
  try {
    execute();
  } catch (e) {
    message = String(e);
  }
  expect(message).containsString("getOAuth2Token playground");
});
