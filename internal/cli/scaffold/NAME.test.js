// Tests NAME.js. Run them: postern test NAME.test.js

/**
 * Makes the data items that the script meets.
 * @param {string | null} name
 */
const prepare = (name) => {
  engine.setData(engine.createDataDefinition("Name", 1, "q_name", "STRING_TEXTFIELD"), name);
  engine.createDataDefinition("Greeting", 2, "q_greeting", "STRING_TEXTFIELD");
};

test("greets by name", () => {
  prepare("Ada");
  main();
  expect(engine.findDataByVarName("q_greeting")).toEqual("Hello, Ada!");
});

test("greets the world without a name", () => {
  prepare(null);
  main();
  expect(engine.findDataByVarName("q_greeting")).toEqual("Hello, world!");
});
