// Members of Array.prototype, for the next run.
// outcome: ok
Array.prototype.sort = () => 'mine'; Array.prototype.join = () => 'mine'; Array.prototype[5] = 1; delete Array.prototype.map
