// Tests client-credentials.js. Run them: postern test scripts/client-credentials.js

const url = "https://playground.example.com";

// The script's data items.
const prepare = () => {
  engine.setData(engine.createDataDefinition("Base URL", 1, "q_base_url", "STRING_TEXTFIELD"), url);
  return engine.createDataDefinition("Access log", 2, "q_accesslog", "STRING_TEXTAREA");
};

test("obtains a token and calls the API with it", () => {
  const accessLog = prepare();
  const requests = [];
  httpClient.setRequestHandler((request) => {
    requests.push(`${request.method} ${request.url} ${request.body}`);
    if (request.url === `${url}/token`) {
      return httpClient.createHttpResponse(200, "application/json", '{"access_token":"t1"}');
    }
    expect(request.headers.Authorization).toEqual("Bearer t1");
    return httpClient.createHttpResponse(200, "application/json", '{"greeting":["hello"]}');
  });
  execute();
  expect(requests).toEqual([
    `POST ${url}/token grant_type=client_credentials&client_id=demo&client_secret=demo-secret`,
    `POST ${url}/api/echo greeting=hello`,
  ]);
  expect(engine.findData(accessLog)).toEqual(`POST ${url}/token
200 {"access_token":"t1"}
POST ${url}/api/echo
200 {"greeting":["hello"]}
`);
});

test("fails if the token endpoint responds with a page", () => {
  const accessLog = prepare();
  httpClient.setRequestHandler(() => httpClient.createHttpResponse(502, "text/html", "<p>Bad gateway</p>"));
  expect(execute).toThrow();
  expect(engine.findData(accessLog)).toEqual(null);
});
