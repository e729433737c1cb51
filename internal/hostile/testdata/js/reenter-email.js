// toString of a subject that sends the email it belongs to.
// outcome: timeout or limit
const m = emailService.begin().addTo('a@example.com').setFrom('b@example.com'); m.setSubject({ toString() { for (let i = 0; i < 1e6; i++) m.send(); return 'x' } })
