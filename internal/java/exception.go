// Package java implements the Java classes that workflow scripts use, such as BigDecimal and
// SimpleDateFormat, as plain Go types that are independent of JavaScript.
//
// An exception that Java would throw is returned as an *Exception. Nothing panics, and
// everything is bounded: an operation whose result would have gigabytes of digits is an
// ArithmeticException.
package java

// Exception is a Java exception: its class, such as
// "java.lang.NumberFormatException", and its message. An empty message and none
// are the same.
type Exception struct { //nolint:errname // Java's own word
	Class, Message string
}

// Error returns "class: message", or the class alone, as Throwable.toString.
func (e *Exception) Error() string {
	if e.Message == "" {
		return e.Class
	}
	return e.Class + ": " + e.Message
}

func arithmeticException(message string) error {
	return &Exception{Class: "java.lang.ArithmeticException", Message: message}
}

func illegalArgumentException(message string) error {
	return &Exception{Class: "java.lang.IllegalArgumentException", Message: message}
}

func numberFormatException(message string) error {
	return &Exception{Class: "java.lang.NumberFormatException", Message: message}
}

func parseException(message string) error {
	return &Exception{Class: "java.text.ParseException", Message: message}
}
