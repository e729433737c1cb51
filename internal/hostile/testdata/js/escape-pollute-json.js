// JSON and Math are replaced.
// outcome: ok
JSON.stringify = () => 'mine'; globalThis.JSON = 1; Math.max = null; globalThis.Promise = 1
