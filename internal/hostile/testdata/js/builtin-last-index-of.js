// lastIndexOf of a text that nearly occurs everywhere.
// outcome: timeout or ok
// first: dies or late
('a'.repeat(3e6)).lastIndexOf('b' + 'a'.repeat(1e6))
