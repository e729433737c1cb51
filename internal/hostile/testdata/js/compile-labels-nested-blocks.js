// Ten thousand labels around blocks.
// outcome: ok or limit or timeout or script_error or invalid_argument
eval(Array.from({ length: 1e4 }, (_, i) => "l" + i + ":{").join("") + "break l0" + "}".repeat(1e4))
