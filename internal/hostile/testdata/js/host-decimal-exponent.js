// Decimals with exponents at the ends.
// outcome: invalid_argument or limit or script_error or timeout or ok
// first: dies or late
const a = new java.math.BigDecimal('1e2147483647'), b = new java.math.BigDecimal('1e-2147483647'); a.add(b)
