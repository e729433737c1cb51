// toJSON of a date that calls itself.
// outcome: limit or timeout
Date.prototype.toISOString = function () { return this.toJSON() }
new Date().toJSON()
