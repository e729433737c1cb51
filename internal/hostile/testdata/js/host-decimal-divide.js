// Division to a million digits, for ever.
// outcome: invalid_argument or limit or script_error or timeout
// first: dies or late
for (;;) new java.math.BigDecimal('1').divide(new java.math.BigDecimal('3'), 1000000, java.math.RoundingMode.HALF_UP)
