// Package docscheck holds the documentation against the tree: links and anchors
// that lead somewhere, Go blocks that compile, pictures that name what exists,
// exported functions that have an Example. Its test runs all of it on this
// repository, so text cannot outlive code.
//
//	pages, err := docscheck.Read(root)
//	faults := docscheck.Links(root, pages)
//	faults = append(faults, docscheck.Index(pages, "docs/README.md", "docs")...)
//	faults = append(faults, docscheck.Code(pages, importer)...)
//	examples, err := docscheck.Examples(root)
//
// It does not judge prose and does not draw pictures. What a page says of a
// package's own tables (errors, events, settings, moves of a session, the order
// of the chain) is compared by tests of those packages.
//
// Owns DOC-005 and DOC-010 as far as docs/requirements says.
package docscheck

import "fmt"

// Fault is one thing that does not hold.
type Fault struct {
	File string // relative to the root, with slashes
	Line int    // from 1; 0 for the whole file
	Text string
}

// String is "file:line: text", which editors jump to.
func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }
