// Symbol.isConcatSpreadable that never returns.
// outcome: timeout
[].concat({ get [Symbol.isConcatSpreadable]() { for (;;); } })
