// Email to a million addresses.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const m = emailService.begin(); for (let i = 0; i < 1e6; i++) m.addTo('a' + i + '@example.com')
