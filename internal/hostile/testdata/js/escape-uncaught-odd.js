// Exceptions that are no errors.
// outcome: script_error
throw { toString: null, valueOf: null, [Symbol.toPrimitive]: 1, get name() { throw 1 }, get message() { throw 2 }, get stack() { throw 3 }, get code() { throw 4 } }
