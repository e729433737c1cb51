// Obtains a token with the password grant itself, and calls an API with it.

const base = engine.findDataByVarName("q_base_url") ?? "http://127.0.0.1:8085";
const uriToken = base + "/token";
const uriExecute = base + "/api/echo";
let accessLog = "";

const tokenResponse = httpClient.begin()
  .formParam("grant_type", "password")
  .formParam("client_id", "demo")
  .formParam("client_secret", "demo-secret")
  .formParam("scope", "read")
  .formParam("username", "alice")
  .formParam("password", "wonderland")
  .post(uriToken);
accessLog += `POST ${uriToken}\n`;
accessLog += `${tokenResponse.getStatusCode()} ${tokenResponse.getResponseAsString()}\n`;

const oauthToken = JSON.parse(tokenResponse.getResponseAsString()).access_token;

const response = httpClient.begin()
  .bearer(oauthToken)
  .formParam("greeting", "hello")
  .post(uriExecute);
accessLog += `POST ${uriExecute}\n`;
accessLog += `${response.getStatusCode()} ${response.getResponseAsString()}\n`;

engine.setDataByVarName("q_accesslog", accessLog);
