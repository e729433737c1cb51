// A switch in each case of a switch.
// outcome: ok
const n = 1000; Function('switch (1) { default: '.repeat(n) + '}'.repeat(n))()
