// Function.prototype is changed.
// outcome: ok or script_error
Function.prototype.call = () => 'mine'; Function.prototype.apply = () => 'mine'; Object.defineProperty(Function.prototype, Symbol.hasInstance, { value: () => true, configurable: true })
