// A decimal that is squared for ever.
// outcome: invalid_argument or limit or script_error or timeout
// first: dies or late
let d = new java.math.BigDecimal('1.7'); for (;;) d = d.multiply(d)
