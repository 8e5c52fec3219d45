package main

// directories are attacks on a sign-in that a directory judges.
func directories() []Entry {
	return []Entry{
		{
			Name:   "directory-without-a-password",
			Attack: "I know somebody's name and send an empty password; their directory says yes to that, to nobody.",
			Gain:   "A directory is asked with it.",
			Edit:   Edit{File: "factor/ldap/verify.go", Old: "if len(b) == 0 || len(b) > maxPassword", New: "if len(b) > maxPassword"},
			Pkg:    "factor/ldap", Run: "TestVerify_nobody_is_asked_with_nothing", Says: "connections",
			IDs: []string{"FAC-092"},
		},
		{
			Name:   "directory-name-with-a-comma",
			Attack: "I sign in under a name that goes on where the name of an entry goes on.",
			Gain:   "The directory binds an entry of my choice.",
			Edit:   Edit{File: "factor/ldap/template.go", Old: "strings.IndexByte(`\"+,;<>\\=#`, c) >= 0", New: "strings.IndexByte(`\"+;<>\\=#`, c) >= 0"},
			Pkg:    "factor/ldap", Run: "TestEscape", Says: "dc=evil",
			IDs: []string{"FAC-093", "FAC-I8"},
		},
		{
			Name:   "directory-filter-with-a-parenthesis",
			Attack: "I sign in under a name that closes the filter and opens another.",
			Gain:   "A search finds an entry of my choice.",
			Edit:   Edit{File: "factor/ldap/template.go", Old: "strings.IndexByte(`*()\\`, c) >= 0", New: "strings.IndexByte(`*(\\`, c) >= 0"},
			Pkg:    "factor/ldap", Run: "TestEscape", Says: "uid=",
			IDs: []string{"FAC-094", "FAC-I8"},
		},
		{
			Name:   "directory-in-trouble-locks",
			Attack: "I keep a directory busy while people sign in.",
			Gain:   "Every try counts as a wrong password, and all of them are locked out.",
			Edit:   Edit{File: "factor/ldap/result.go", Old: "		return ReasonRefused\n	}\n	return ReasonBusy\n", New: "		return ReasonRefused\n	}\n	return ReasonCredential\n"},
			Pkg:    "factor/ldap", Run: "TestVerify_results", Says: "credential",
			IDs: []string{"FAC-097"},
		},
		{
			Name:   "directory-of-another-tenant",
			Attack: "I administrate one tenant, and give an account there a record that leads to another tenant's directory.",
			Gain:   "I try passwords of that tenant's people where nobody counts.",
			Edit:   Edit{File: "factor/ldap/factor.go", Old: "slices.IndexFunc(own, func(s Served) bool { return s.Name == r.Directory }); at >= 0 {\n			return verdict(own[at]", New: "slices.IndexFunc(f.served, func(s Served) bool { return s.Name == r.Directory }); at >= 0 {\n			return verdict(f.served[at]"},
			Pkg:    "factor/ldap", Run: "TestFactor_records_stay_in_their_tenant", Says: "another tenant's",
			IDs: []string{"FAC-098", "IDN-031"},
		},
		{
			Name:   "directory-down-tells-who-exists",
			Attack: "A directory is down; I try names and see which of them it is asked about.",
			Gain:   "\"Wrong password\" means nobody, \"try again later\" means somebody.",
			Edit:   Edit{File: "factor/ldap/samples.go", Old: "|| s.down", New: ""},
			Pkg:    "factor/ldap", Run: "TestVerifyNobody_takes_as_long_as_somebody", Says: "cancelled",
			IDs: []string{"AUN-034"},
		},
		{
			Name:   "directory-in-clear-elsewhere",
			Attack: "The directory is this machine's by its name, and I answer for that name with an address of mine.",
			Gain:   "Passwords come to me in clear.",
			Edit:   Edit{File: "factor/ldap/conn.go", Old: "!ok || !tcp.IP.IsLoopback()", New: "!ok || tcp.IP == nil"},
			Pkg:    "factor/ldap", Run: "TestVerify_clear_is_for_this_machine", Says: "sent",
			IDs: []string{"FAC-090"},
		},
	}
}
