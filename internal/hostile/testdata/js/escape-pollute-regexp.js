// exec of all patterns is replaced.
// outcome: ok
RegExp.prototype.exec = () => null; RegExp.prototype[Symbol.replace] = () => 'mine'; 'a'.replace(/a/, 'b')
