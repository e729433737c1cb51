// Dates that become text.
// outcome: ok or limit or timeout or script_error or invalid_argument
for (;;) JSON.stringify(new Date(8.64e15))
