// Symbol.hasInstance that never returns.
// outcome: timeout
1 instanceof { [Symbol.hasInstance]() { for (;;); } }
