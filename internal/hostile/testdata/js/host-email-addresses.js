// Addresses of every odd kind, in a loop.
// outcome: timeout
for (let i = 0; i < 1e5; i++) for (const x of ['"' + '\\'.repeat(1000), '<'.repeat(1000) + 'a@b' + '>'.repeat(1000), '('.repeat(1000), 'a@' + 'b.'.repeat(1000), '=?utf-8?q?' + '=41'.repeat(1000) + '?=', 'a:b;'.repeat(300), '@a,@b:c@d'.repeat(100)]) try { emailService.parseAddressHeader(x) } catch (e) { if (e instanceof ReferenceError) throw e }
