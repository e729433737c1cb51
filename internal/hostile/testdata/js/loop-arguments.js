// arguments that is grown by its own loop.
// outcome: timeout
(function () { for (let i = 0; i < arguments.length; i++) arguments.length++ })(1)
