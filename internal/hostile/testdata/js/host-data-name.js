// A data item with a name of a hundred megabytes.
// outcome: limit or timeout or invalid_argument
// first: dies or late
engine.setDataByVarName('x'.repeat(1e8), 1)
