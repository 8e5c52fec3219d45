package backend

import (
	"context"
	"time"
)

// Schema is what an operator sees of the tables of a backend: which steps they
// have had and which they lack. A backend whose schema is behind opens, so that it
// can be asked and brought up to date; until then every verb of every port is
// store.ErrSchema.
//
// Steps go forward only, and a program that knows one step more runs beside one
// that does not. What a program must not touch (tables of a newer program, steps
// made by other statements, tables without version) is store.ErrSchema here as
// well.
type Schema interface {
	// Status says how far the schema is. It changes nothing.
	Status(ctx context.Context) (SchemaStatus, error)
	// Plan lists the steps that the schema lacks, in order; none if it is complete.
	Plan(ctx context.Context) ([]SchemaStep, error)
	// Apply makes the missing steps up to and including number to; 0 means all. Each
	// is one transaction, so an interrupted call has made some of them whole and can
	// be repeated, and of several callers at once each step is made by one. After
	// each step of this call progress is told, unless it is nil. A number below what
	// the schema has, or above what the program knows, is store.ErrBadArgument.
	Apply(ctx context.Context, to int, progress func(SchemaStep)) error
}

// SchemaStatus is how far a schema is.
type SchemaStatus struct {
	// Have is the number of the last step made, 0 for an empty database; Need is
	// the last that the program knows.
	Have, Need int
	// Made are the steps that the schema has had, in order.
	Made []SchemaMade
}

// Behind reports whether steps are missing.
func (s SchemaStatus) Behind() bool { return s.Have < s.Need }

// SchemaMade is a step that was made.
type SchemaMade struct {
	Version int
	Name    string
	At      time.Time
}

// SchemaStep is a step that a program knows.
type SchemaStep struct {
	// Version counts from 1 without gap; Name is that of the file.
	Version int
	Name    string
	// SQL is what is sent.
	SQL string
	// Checksum is the SHA-256 of the step as released, which the schema keeps.
	Checksum [32]byte
	// Notes say what the step locks and what else an operator should know before,
	// a sentence each.
	Notes []string
}
