// Package oath is what the one-time codes of RFC 4226 and RFC 6238 have in common:
// algorithms, seeds, typed codes and the parts of provisioning URIs. factor/hotp counts
// with it, factor/totp takes the time for the counter.
//
//	c, ok := oath.Parse(input)
//	ok = ok && c.Is(oath.Generate(oath.SHA1, seed, 6, counter), 6) == 1
//
// It judges no policy and knows no records.
//
// Requirements: the common part of FAC-030, FAC-033, FAC-036, FAC-040 and FAC-044.
package oath
