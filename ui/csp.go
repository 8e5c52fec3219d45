package ui

// ContentSecurityPolicy is the policy of every page of this package (UIX-003).
// Nothing is inline and nothing leaves the origin, so there is no nonce and no
// hash to get wrong; trusted types are required and none exists, so no script
// on these pages can turn a string into markup.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
