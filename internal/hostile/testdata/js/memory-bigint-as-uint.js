// asUintN of a negative number to four billion bits.
// outcome: limit or timeout or script_error or ok
// first: dies
BigInt.asUintN(4294967295, -1n)
