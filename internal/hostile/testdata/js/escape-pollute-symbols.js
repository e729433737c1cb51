// Symbols are registered for the next run.
// outcome: ok
Symbol.for('mine'); Symbol.prototype.mine = 1; Symbol.iterator.mine = 1
