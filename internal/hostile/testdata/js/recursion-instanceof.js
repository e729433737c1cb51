// instanceof of functions that were bound many times.
// outcome: timeout
// first: dies or late
function F() {}; let f = F; for (let i = 0; i < 3e6; i++) f = f.bind(null)
1 instanceof f; ({}) instanceof f
