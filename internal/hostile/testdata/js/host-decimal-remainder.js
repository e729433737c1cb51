// Remainders of decimals that are far apart, for ever.
// outcome: invalid_argument or limit or script_error or timeout
// first: dies or late
const a = new java.math.BigDecimal('7e49999'), b = new java.math.BigDecimal('3e-49999'); for (;;) a.remainder(b)
