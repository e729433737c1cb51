// A log line of a hundred megabytes.
// outcome: limit or timeout or ok
// first: dies or late
engine.log('x'.repeat(1e8))
