// Members of Object.prototype, for the next run.
// outcome: ok
Object.prototype.polluted = 1; Object.prototype.toJSON = () => 'mine'; Object.defineProperty(Object.prototype, 'code', { get: () => 'mine' })
