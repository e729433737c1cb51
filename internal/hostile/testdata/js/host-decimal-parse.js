// A decimal of ten million digits.
// outcome: invalid_argument or limit or script_error or timeout or ok
// first: dies or late
new java.math.BigDecimal('9'.repeat(1e7)).toString()
