// Package strictjson reads JSON that an attacker may have written.
//
// The standard decoder is made for friends: it takes the last of two members of one
// name, lets "SUB" fill the field of "sub", and mends broken UTF-8. Two programs that
// look at the same token then read two different things, and one of them decides.
// Here such a text is an error, before anybody has read a value of it.
//
//	if err := strictjson.Scan(text, strictjson.Limits{}); err != nil {
//		return err // an *Error: what and where, never what it held
//	}
//	for name, value := range strictjson.Members(text) {
//		switch string(name) { // as the text spells it: case counts
//		case "sub":
//			sub, ok = strictjson.String(value)
//		}
//	}
//
// A [Decoder] fills a struct in the same way, with encoding/json behind it.
//
// Refused are: two members of one name in one object at any depth, also if they are
// spelled with different escapes; objects and arrays nested too deeply; too long a
// text, too many members, too long a number and one that no float64 holds; bytes that
// are not UTF-8 and escapes of half a surrogate pair; a byte order mark; anything but
// white space behind the value; and what RFC 8259 does not allow anyway, as NaN,
// comments and a leading zero.
//
// It is not for JSON of our own making and it writes none.
//
// Requirements: WKL-011, OAU-034 (what they say of the text).
package strictjson
