// A date format of a megabyte.
// outcome: invalid_argument or limit or script_error or timeout or ok
// first: dies or late
new java.text.SimpleDateFormat('y'.repeat(1e6)).format(new java.util.Date())
