package sqlstore

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// IDN-061 row 7: whatever somebody gives for a place, no column of text has to hold
// it, and it is the same place.
func TestSlugPlace_keeps_the_order(t *testing.T) {
	t.Parallel()
	slugs := []string{"0", "9", "a", "a-", "a-z", "a0", "aa", "ab", "z", "zz"}
	for _, after := range []string{
		"", "a", "a-", "a\x00", "a\x00z", "a\xff", "a\xffa", "a ", "aé", "~", "\x00", "\xff", "a~", "aB", "a.", "a/0", "zz\xff",
	} {
		place := slugPlace(after)
		if strings.ContainsFunc(place, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q became %q", after, place)
		}
		for _, s := range slugs {
			if cmp.Compare(s, after) > 0 != (cmp.Compare(s, place) > 0) {
				t.Errorf("%q is on another side of %q than of %q", s, place, after)
			}
		}
	}
}

// IDN-061 row 7, STO-063: pages and sweeps read what they return in the order in
// which an index has it: their cost does not grow with the table.
func TestPages_follow_an_index(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for text, index := range map[string]string{
		selectUsers:         "axess_users_by_place",
		selectNamesOfUsers:  "axess_users_by_place",
		selectTenantsBehind: "sqlite_autoindex_axess_tenants_2",
		accountByHandle:     "axess_users_by_handle",
		accountByLink:       "sqlite_autoindex_axess_links_1",
		selectLinks:         "axess_links_by_user",
		selectOverMethods:   "axess_methods_by_end",
		selectOverPolicies:  "axess_policies_by_end",
	} {
		plan := b.plan(t, text)
		if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
			t.Errorf("%s\n goes: %s", text, plan)
		}
	}
}

// plan is how the database would find what a statement asks for.
func (b *Backend) plan(t *testing.T, text string) string {
	t.Helper()
	args := slices.Repeat([]any{0}, strings.Count(text, "?"))
	rows, err := b.readers.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "; ")
}
