// XML of entities that expand.
// outcome: ok
const s = '<!DOCTYPE a [' + Array.from({ length: 10 }, (x, i) => `<!ENTITY e${i} "${('&e' + (i - 1) + ';').repeat(10)}">`).join('') + ']><a>&e9;</a>'
s.replace(/&e\d;/g, x => x + x).length
