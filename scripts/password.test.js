// Tests password.js. Run them: postern test scripts/password.js

const url = "https://playground.example.com";

// The script's data items.
const prepare = () => {
  engine.setData(engine.createDataDefinition("Base URL", 1, "q_base_url", "STRING_TEXTFIELD"), url);
  return engine.createDataDefinition("Access log", 2, "q_accesslog", "STRING_TEXTAREA");
};

test("obtains a token for the user and calls the API with it", () => {
  const accessLog = prepare();
  httpClient.setRequestHandler((request) => {
    if (request.url === `${url}/token`) {
      expect(request.contentType).startsWith("application/x-www-form-urlencoded");
      expect(request.body).containsString("grant_type=password");
      expect(request.body).endsWith("scope=read&username=alice&password=wonderland");
      return httpClient.createHttpResponse(200, "application/json", '{"access_token":"t1"}');
    }
    expect(request.headers.Authorization).toEqual("Bearer t1");
    return httpClient.createHttpResponse(200, "application/json", '{"user":"alice"}');
  });
  execute();
  expect(engine.findData(accessLog)).endsWith(`POST ${url}/api/echo\n200 {"user":"alice"}\n`);
});

test("fails if the response has no token", () => {
  const accessLog = prepare();
  httpClient.setRequestHandler(() => httpClient.createHttpResponse(200, "application/json", "{}"));
  expect(execute).toThrow("bearer: token is undefined");
  expect(engine.findData(accessLog)).toEqual(null);
});
