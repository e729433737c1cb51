// A decimal with a scale of two billion.
// outcome: invalid_argument or limit or script_error or timeout or ok
// first: dies or late
new java.math.BigDecimal('1').setScale(2147483647).toPlainString()
