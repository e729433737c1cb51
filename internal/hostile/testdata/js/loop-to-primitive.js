// Symbol.toPrimitive that never returns.
// outcome: timeout
+{ [Symbol.toPrimitive]() { for (;;); } }
