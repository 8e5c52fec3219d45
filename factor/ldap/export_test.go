package ldap

// What the tests of the grammar look at.
var (
	EscapeDN     = escapeDN
	EscapeFilter = escapeFilter
)

// BindName is what binds, or finds, for a name.
func BindName(d *Directory, name string) (string, bool) { return d.bindName(Person{Name: name}) }
