// Date formats of many letters, for ever.
// outcome: invalid_argument or script_error or timeout or limit
// first: dies or late
const f = new java.text.SimpleDateFormat('yyyyMMdd HH:mm:ss.SSS EEEE MMMM '.repeat(1000)); for (;;) f.format(new java.util.Date())
