// normalize of a text of ten million accents.
// outcome: timeout or ok
// first: dies
('a' + '\u0301\u0327'.repeat(5e6)).normalize('NFC')
