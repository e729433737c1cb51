// yield of what is no expression, nested.
// outcome: script_error
new Function('return function*(){' + 'yield['.repeat(40) + ')' + ']=>1'.repeat(40) + '}')
