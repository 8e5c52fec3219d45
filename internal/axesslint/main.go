// Command axesslint runs the house analyzers: rules of this repository that no
// public linter knows. `make axesslint` builds and runs it over the library; see
// package rules for what each rule is for and how to allow an exception.
//
// It is a module of its own so that golang.org/x/tools stays out of the
// library's module graph.
package main

import (
	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/axess-go/axess/internal/axesslint/rules"
)

func main() { multichecker.Main(rules.All()...) }
