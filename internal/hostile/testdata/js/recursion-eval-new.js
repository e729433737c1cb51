// eval of new new new.
// outcome: script_error
eval('new '.repeat(1e6) + 'Date')
