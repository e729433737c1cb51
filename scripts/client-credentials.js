// Obtains a token with the client credentials grant itself, and calls an API with it.

const base = engine.findDataByVarName("q_base_url") ?? "http://127.0.0.1:8085";
const uriToken = base + "/token";
const uriExecute = base + "/api/echo";
let accessLog = "";

const tokenResponse = httpClient.begin()
  .formParam("grant_type", "client_credentials")
  .formParam("client_id", "demo")
  .formParam("client_secret", "demo-secret")
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
