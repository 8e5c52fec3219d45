package sim

import (
	"slices"
	"strings"
)

// Duels are those that are known, in the order of their names.
func Duels() []Duel {
	all := slices.Concat(duelsOfSessions(), duelsOfFactors(), duelsOfPasswords(), duelsOfAccounts(), duelsOfAdministrators())
	slices.SortFunc(all, func(a, b Duel) int { return strings.Compare(a.Name, b.Name) })
	return all
}
