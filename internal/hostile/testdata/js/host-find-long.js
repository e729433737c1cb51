// Reading a data item with a name of a hundred megabytes.
// outcome: ok or timeout or invalid_argument or limit
// first: dies or late
try { engine.findDataByVarName('x'.repeat(1e8)) } catch (e) {}
