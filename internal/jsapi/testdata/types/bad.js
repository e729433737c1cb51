// What the types refuse. tsc fails if one of these is no error.

const response = httpClient.begin().get("https://api.example.com/");
const definition = engine.findDataDefinitionByVarName("q_a");
const file = engine.createQfile("a", "text/plain", "a");
const key = rsa.readKeyFromPkcs8("");

// @ts-expect-error: it may be null
configs.get("conf_a").length;
// @ts-expect-error: it may be null
response.getContentType().split("/");
// @ts-expect-error: it may be null
quserDao.findByEmail("ada@example.com").getName();
// @ts-expect-error: it may be null
engine.findData(definition);
// @ts-expect-error: it may be null
JSON.parse(engine.restoreTemporaryData());

// @ts-expect-error: there is no such method
engine.findDatum("q_a");
// @ts-expect-error: there is no such method
httpClient.begin().queryParams({});
// @ts-expect-error: the name of an item is not its definition
engine.findData("q_a");
// @ts-expect-error: a request is no value
engine.setDataByVarName("q_a", httpClient.begin());
// @ts-expect-error: a function is no value
engine.setDataByVarName("q_a", () => 1);
// @ts-expect-error: there is no such type
engine.createDataDefinition("A", 1, "q_a", "TEXT");
// @ts-expect-error: a setting cannot be a file
configs.putObject("conf_a", file);

// @ts-expect-error: a value may not be missing
httpClient.begin().queryParam("a");
// @ts-expect-error: a value may not be null
httpClient.begin().formParam("a", null);
// @ts-expect-error: text needs a content type
httpClient.begin().body("{}");
// @ts-expect-error: an object is no body
httpClient.begin().body({ a: 1 }, "application/json");
// @ts-expect-error: an answer is made with createHttpResponse
httpClient.setRequestHandler(() => "ok");
// @ts-expect-error: the function returns no token
httpClient.begin().oauth2JwtBearer(configs.getObject("conf_a"), () => ({ token: "t" }));

// @ts-expect-error: a size needs a function
fileRepository.readFile(file, 1024);
// @ts-expect-error: an answer's body is no file
fileRepository.readFile(response.getResponse());
// @ts-expect-error: a file is no array of bytes
httpClient.createHttpResponse(200, null, file);
// @ts-expect-error: this key signs
jwt.verify("", key);
// @ts-expect-error: the header says no alg
jwt.build({ typ: "JWT" }, {}, key);

// @ts-expect-error: a Date of JavaScript is none of Java's
dateFormatter.format("yyyy", new Date());
// @ts-expect-error: a Timestamp cannot be added to
new java.sql.Timestamp(0).addDays(1);
// @ts-expect-error: not a number
new java.math.BigDecimal(true);
// @ts-expect-error: there is no such mode
new java.math.BigDecimal(1).setScale(0, "NEAREST");
// @ts-expect-error: there is no such class
new java.util.HashMap();
// @ts-expect-error: no object can be made of it
new java.lang.String("a");
// @ts-expect-error: the list holds text
new java.util.ArrayList(["a"]).add(1);

// @ts-expect-error: a test needs a function
test("a");
// @ts-expect-error: there is no such matcher
expect(1).toBe(1);
// @ts-expect-error: the error's message is text
expect(execute).toThrow(new Error("a"));

// @ts-expect-error: there is no event loop
setTimeout(() => {}, 1);
// @ts-expect-error: there is no page
document.title;
// @ts-expect-error: there is no network but httpClient
fetch("https://api.example.com/");
// @ts-expect-error: there are no modules
require("fs");
// @ts-expect-error: the machine is out of reach
process.env.HOME;
