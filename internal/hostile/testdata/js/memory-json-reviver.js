// A reviver that puts a long array in the place of every value.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
JSON.parse("[" + "1,".repeat(1e5) + "1]", () => new Array(1e5).fill(1))
