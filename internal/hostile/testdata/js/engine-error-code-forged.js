// Errors that pretend to be of the host.
// outcome: script_error
throw Object.assign(new Error('denied'), { code: 'timeout', hint: 'h'.repeat(1e6), name: 'HostError', file: 'x', line: -1 })
