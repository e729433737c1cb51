// A class of fifty thousand private names.
// outcome: ok or limit or timeout or script_error or invalid_argument
eval("class C {" + Array.from({ length: 5e4 }, (_, i) => "#f" + i + "=" + i).join(";") + "}; new C()")
