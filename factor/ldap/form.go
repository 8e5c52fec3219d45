package ldap

import (
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/axess-go/axess/seal"
)

// Form says who binds for the name of a person. The set is closed. Each holds a template
// in which {user} stands once, for the name.
//
//sumtype:decl
type Form interface{ parse() (form, error) }

type (
	// DN is a distinguished name: DN("uid={user},ou=people,dc=example,dc=test"). The name
	// may be any text; it becomes the value, or a part of the value, of one attribute
	// (RFC 4514 §2.4).
	DN string

	// UPN is a user principal name of Active Directory: UPN("{user}@corp.example"). Names
	// are 1 to 64 letters, digits, dots, hyphens and underscores of ASCII: there is no
	// escape in it.
	UPN string

	// DownLevel is a logon name of Active Directory in its older form:
	// DownLevel(`CORP\{user}`). Names are those of [UPN].
	DownLevel string

	// SearchThenBind finds the one entry that fits, as Service, and binds as that.
	SearchThenBind struct {
		BaseDN string
		// Filter holds {user} as the whole value of an equality:
		// "(&(objectClass=person)(uid={user}))" (RFC 4515).
		Filter string
		// Service is who searches.
		Service Account
	}
)

// Account is what the program itself binds as.
type Account struct {
	DN       string
	Password seal.Secret
}

func (a Account) check(field string) error {
	if err := checkDN(a.DN); err != nil {
		return bad(field+".DN", "is no distinguished name")
	}
	if len(a.Password.Reveal()) == 0 {
		return bad(field+".Password", "is required: an empty one signs nobody in (RFC 4513 §5.1.2)")
	}
	return nil
}

// form is a parsed Form.
type form struct {
	name    template
	escape  func(string) (string, bool) // of a name for the template; false: no such name
	search  bool
	base    string
	service Account
	entry   bool // the bind name is the DN of the entry
}

func (f form) knowsEntry() bool { return f.entry }

func (t DN) parse() (form, error) {
	name, err := parseTemplate("Form", string(t), slotUser)
	if err != nil {
		return form{}, err
	}
	if !name.holds(dnValues, escapeDN, false) {
		return form{}, bad("Form", "is no distinguished name with {user} in the value of one attribute")
	}
	return form{name: name, entry: true, escape: func(s string) (string, bool) { return escapeDN(s), true }}, nil
}

func (t UPN) parse() (form, error) {
	name, err := parseTemplate("Form", string(t), slotUser)
	if err == nil && (name.before != "" || len(name.after) < 2 || name.after[0] != '@') {
		err = bad("Form", "must be {user}@ and a domain")
	}
	return form{name: name, escape: plain}, err
}

func (t DownLevel) parse() (form, error) {
	name, err := parseTemplate("Form", string(t), slotUser)
	if err == nil && (name.after != "" || len(name.before) < 2 || !strings.HasSuffix(name.before, `\`)) {
		err = bad("Form", `must be a domain, a backslash and {user}`)
	}
	return form{name: name, escape: plain}, err
}

func (t SearchThenBind) parse() (form, error) {
	if err := checkDN(t.BaseDN); err != nil {
		return form{}, bad("Form.BaseDN", "is no distinguished name")
	}
	name, err := parseFilter("Form.Filter", t.Filter, slotUser)
	if err != nil {
		return form{}, err
	}
	if err := t.Service.check("Form.Service"); err != nil {
		return form{}, err
	}
	service := Account{t.Service.DN, seal.NewSecret([]byte(string(t.Service.Password.Reveal())))}
	return form{
		name: name, search: true, base: t.BaseDN, service: service, entry: true,
		escape: func(s string) (string, bool) { return escapeFilter(s), true },
	}, nil
}

// plain is the escape of forms that have none.
func plain(s string) (string, bool) {
	if s == "" || len(s) > 64 {
		return "", false
	}
	for _, c := range []byte(s) {
		if !isAlphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return "", false
		}
	}
	return s, true
}

// checkDN takes a distinguished name of at least one part.
func checkDN(s string) error {
	if s == "" || len(s) > maxDN || strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
		return bad("DN", "is empty, too long or no text")
	}
	parsed, err := goldap.ParseDN(s)
	if err != nil || len(parsed.RDNs) == 0 {
		return bad("DN", "does not parse")
	}
	return nil
}

// maxDN is the longest distinguished name, in bytes.
const maxDN = 1024
