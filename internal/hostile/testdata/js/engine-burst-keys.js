// Object.keys of typed arrays of fifty million.
// outcome: timeout or limit
// first: dies or late
Object.keys(new Uint8Array(5e7)).length
