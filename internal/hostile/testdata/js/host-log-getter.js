// Logging an object whose getter never returns.
// outcome: timeout or ok
console.log({ get x() { for (;;); } })
