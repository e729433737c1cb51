// toJSON that never returns.
// outcome: timeout
JSON.stringify({ toJSON() { for (;;); } })
