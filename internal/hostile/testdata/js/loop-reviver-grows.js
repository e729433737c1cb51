// A reviver that adds what is visited next.
// outcome: ok
JSON.parse('[[1]]', function (k, v) { if (Array.isArray(this) && this.length < 1e9) this.push([1]); return v })
