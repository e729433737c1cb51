// A decimal that is written out to a billion digits.
// outcome: invalid_argument or limit or script_error or timeout or ok
// first: dies or late
new java.math.BigDecimal('1e1000000000').toPlainString().length
