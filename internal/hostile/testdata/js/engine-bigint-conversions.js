// Bigints from and to numbers, text and bits, at their ends.
// outcome: timeout
for (let i = 1; ; i = i * 2 % 1e6 + 1) { const n = 2n ** BigInt(i); Number(n); n.toString(36); BigInt.asIntN(i, -n); BigInt.asUintN(i, ~n); parseFloat(n); n == Number(n); n < 1e308; BigInt('0x' + 'f'.repeat(i % 10000 + 1)) }
