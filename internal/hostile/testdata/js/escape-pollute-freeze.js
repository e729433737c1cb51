// Built-in prototypes are frozen and made empty.
// outcome: ok or script_error
for (const C of [Object, Array, Function, Promise, Error, Map, RegExp, String]) { for (const k of Reflect.ownKeys(C.prototype)) try { delete C.prototype[k] } catch (x) {}
 Object.freeze(C.prototype) }
