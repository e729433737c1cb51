// Greets the person named in the data item q_name, in the data item q_greeting.
// Try it: postern run NAME.js --data q_name=Ada

const main = () => {
  const name = engine.findDataByVarName("q_name") || "world";
  engine.log(`greeting ${name}`);
  engine.setDataByVarName("q_greeting", greetingOf(name));
};

/**
 * @param {string} name
 * @returns {string}
 */
const greetingOf = (name) => `Hello, ${name}!`;
