// Leaves what it has got hold of in a file.

const name = engine.findDataByVarName("q_name"), url = engine.findDataByVarName("q_url");
const got = httpClient.begin().authSetting(name).get(url + "/api/echo").getResponseAsString() + httpClient.getOAuth2Token(name);
engine.setDataByVarName("q_files", [new com.questetra.bpms.core.event.scripttask.NewQfile("got.txt", "text/plain", got + base64.encodeToString(got))]);
