// The same with async.
// outcome: script_error
new Function('async(a='.repeat(40) + '1' + ')=>1'.repeat(40))
