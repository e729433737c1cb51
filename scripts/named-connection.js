// Calls an API with the token of the connection "playground", which it never holds.

const base = engine.findDataByVarName("q_base_url") ?? "http://127.0.0.1:8085";

const token = httpClient.getOAuth2Token("playground");
console.log("what the script holds:", token);

const response = httpClient.begin()
  .bearer(token)
  .formParam("greeting", "hello")
  .post(base + "/api/echo");
console.log("the API responded with", response.getStatusCode());

engine.setDataByVarName("q_accesslog", `${response.getStatusCode()} ${response.getResponseAsString()}`);
