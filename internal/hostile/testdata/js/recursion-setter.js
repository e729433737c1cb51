// A setter that sets itself.
// outcome: limit or timeout
({ set x(v) { this.x = v } }).x = 1
