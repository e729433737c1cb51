// A reviver that deletes and adds while it goes.
// outcome: ok or timeout
JSON.parse('[' + '{"a":1,"b":[1,2,3]},'.repeat(1e4) + '1]', function (k, v) { if (Array.isArray(this)) { this.length = 0; this.push(...Array(10).fill([1])) } delete this.b; this.c = this; return this })
