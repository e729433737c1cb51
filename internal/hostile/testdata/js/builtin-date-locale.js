// The local text of dates, again and again.
// outcome: ok or limit or timeout or script_error or invalid_argument
for (let i = 0; ; i++) new Date(i * 1e9).toLocaleString("en-US")
