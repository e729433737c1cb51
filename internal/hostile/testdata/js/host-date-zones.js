// Time zones of every odd kind.
// outcome: timeout
const d = new java.sql.Timestamp(0); for (let i = 0; i < 1e5; i++) for (const z of ['../../etc/passwd', '/etc/passwd', 'GMT+99:99', 'Europe/' + 'x'.repeat(1e4), '', 'UTC\u0000', 'GMT-00:00', 'Asia/Tokyo' + i, 'EST5EDT,M3', 'posixrules', '+0900']) try { dateFormatter.format(z, 'yyyy z Z X', d) } catch (e) { if (e instanceof ReferenceError) throw e }
