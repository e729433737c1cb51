// A getter that reads itself.
// outcome: limit or timeout
({ get x() { return this.x } }).x
