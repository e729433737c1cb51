// A credential of 10 KB that repeats itself is searched for in megabytes of the same, and of its escapes.
// outcome: ok or timeout or limit
for (const credential of ['a'.repeat(10000), 'b' + 'a'.repeat(9999), 'ab'.repeat(5000) + 'c', '%41'.repeat(3000) + '&', '\\'.repeat(10000)]) { try { httpClient.begin().bearer(credential).get('http://127.0.0.1/') } catch (e) { } }
for (const part of ['a', 'ab', '%61', '%2541', '\\u0061', '\\', 'YWFh']) engine.setDataByVarName('q_' + part, part.repeat(1e6 / part.length)); engine.log('a'.repeat(1e5))
