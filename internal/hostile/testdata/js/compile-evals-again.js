// eval of new code for ever.
// outcome: limit or timeout or script_error
// first: dies or late
for (let i = 0; ; i++) eval('var x' + i + ' = ' + i)
