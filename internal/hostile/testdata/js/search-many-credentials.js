// Thousands of credentials that begin and end alike are searched for in a megabyte of beginnings and ends.
// outcome: ok or timeout or limit
const request = httpClient.begin(); for (let i = 0; i < 3000; i++) request.header('X-Key-' + i, 'begins-like-the-others-' + i + '-and-ends-so'); try { request.get('http://127.0.0.1/') } catch (e) { }
engine.setDataByVarName('q_begin', 'begins-like-the-others-'.repeat(4e4)); engine.setDataByVarName('q_end', '-and-ends-so'.repeat(8e4))
