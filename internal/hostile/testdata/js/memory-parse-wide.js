// JSON of many million empty objects.
// outcome: limit or timeout or script_error
// first: dies or late
JSON.parse('[' + '{},'.repeat(2e7) + '{}]')
