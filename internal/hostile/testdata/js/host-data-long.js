// A text of a hundred megabytes as data.
// outcome: limit or timeout
// first: dies or late
engine.setDataByVarName('x', 'y'.repeat(1e8))
