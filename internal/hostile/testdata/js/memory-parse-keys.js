// JSON of many million members.
// outcome: limit or timeout or script_error
// first: dies or late
let s = '{'; for (let i = 0; i < 3e6; i++) s += '"k' + i + '":' + i + ','
JSON.parse(s + '"z":1}')
