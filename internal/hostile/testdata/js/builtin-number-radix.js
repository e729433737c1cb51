// Numbers as text of every base.
// outcome: ok or limit or timeout or script_error or invalid_argument
for (let i = 0; ; i++) (1e300 / (i + 1)).toString(2 + i % 35)
