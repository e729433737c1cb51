// concat of what says it has 2^53 elements.
// outcome: limit or timeout or script_error
// first: dies
[].concat({ length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true })
