// A promise with another constructor for its species.
// outcome: timeout
class P extends Promise { static get [Symbol.species]() { return function (f) { f(() => {}, () => {}); for (;;); } } }
new P(() => {}).then()
