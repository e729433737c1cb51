// A pattern of a decimal format of a megabyte.
// outcome: invalid_argument or limit or script_error or timeout or ok
// first: dies or late
new java.text.DecimalFormat('#'.repeat(1e6)).format(1)
