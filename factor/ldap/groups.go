package ldap

import (
	"context"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// Groups says how the groups of a person are found: the entries under BaseDN that fit
// Filter, and of each the first value of Attribute.
//
// They are data, for whoever decides what an account may do; they are no roles.
type Groups struct {
	BaseDN string
	// Filter holds {dn}, the entry of the person, or {user}, their name, as the whole
	// value of an equality: "(member={dn})", "(memberUid={user})".
	Filter string
	// Attribute is the name of a group: "cn".
	Attribute string
	// AsService searches as the account of [SearchThenBind] instead of as the person.
	AsService bool
}

// groups are parsed Groups; the zero value searches nothing.
type groups struct {
	on        bool
	filter    template
	byUser    bool
	base      string
	attribute string
	asService bool
}

func (g Groups) parse(f form) (groups, error) {
	if g == (Groups{}) {
		return groups{}, nil
	}
	if err := checkDN(g.BaseDN); err != nil {
		return groups{}, bad("Groups.BaseDN", "is no distinguished name")
	}
	if !isAttribute(g.Attribute) {
		return groups{}, bad("Groups.Attribute", "is no name of an attribute")
	}
	slot := slotDN
	if strings.Contains(g.Filter, slotUser) {
		slot = slotUser
	}
	filter, err := parseFilter("Groups.Filter", g.Filter, slot)
	switch {
	case err != nil:
		return groups{}, err
	case slot == slotDN && !f.knowsEntry():
		return groups{}, bad("Groups.Filter", "holds {dn}, which needs a form that knows the entry: DN or SearchThenBind")
	case g.AsService && !f.search:
		return groups{}, bad("Groups.AsService", "needs the account of SearchThenBind")
	}
	return groups{true, filter, slot == slotUser, g.BaseDN, g.Attribute, g.AsService}, nil
}

// Attribute is one of a person's entry, with its values in the order of the directory.
type Attribute struct {
	Name   string
	Values []string
}

// The bounds of what is read about one person (FAC-099).
const (
	maxGroups = 1000
	maxValue  = 1024
)

// read fills attributes and groups after a bind, on the connection of the person.
func (d *Directory) read(ctx context.Context, c *conn, who Person, dn string, res *Result) error {
	if len(d.wanted) > 0 {
		entries, err := c.search(ctx, dn, goldap.ScopeBaseObject, "(objectClass=*)", 1, d.wanted...)
		if err != nil {
			return err
		}
		for _, e := range entries {
			res.Attributes = d.allowed(e)
		}
	}
	if !d.groups.on {
		return nil
	}
	value := dn
	if d.groups.byUser {
		value = who.Name
	}
	filter := d.groups.filter.fill(escapeFilter(value))
	find := func(c *conn) error {
		entries, err := c.search(ctx, d.groups.base, goldap.ScopeWholeSubtree, filter, maxGroups, d.groups.attribute)
		for _, e := range entries {
			if v := e.GetAttributeValue(d.groups.attribute); v != "" && len(v) <= maxValue {
				res.Groups = append(res.Groups, v)
			}
		}
		return err
	}
	var err error
	if d.groups.asService {
		err = d.asService(ctx, d.form.service, find)
	} else {
		err = find(c)
	}
	if err != nil {
		res.Groups = nil // some of them would be a claim about the rest
		return err
	}
	slices.Sort(res.Groups)
	res.Groups = slices.Compact(res.Groups)
	return nil
}

// allowed are the attributes that were asked for, whatever was sent.
func (d *Directory) allowed(e *goldap.Entry) []Attribute {
	var out []Attribute
	for _, name := range d.wanted {
		values := e.GetEqualFoldAttributeValues(name)
		if len(values) > maxGroups {
			values = values[:maxGroups]
		}
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return len(v) > maxValue })
		if len(values) > 0 {
			out = append(out, Attribute{name, values})
		}
	}
	return out
}
