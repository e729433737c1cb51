// An exception that says it is a limit of the engine.
// outcome: script_error
throw Object.assign(new Error('x'), { code: 'internal', name: 'HostError' })
