package mutate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"slices"
)

// Schema is a package with all its faults built in, each behind a switch.
type Schema struct {
	Package *Package
	Mutants []Mutant          // by number, from 1
	files   map[string]string // base name → instrumented text
}

// switchFile is the name of the file that an overlay adds.
const switchFile = "zz_mutant_switch.go"

// Environment of an instrumented test binary.
const (
	envMutant = "AXESS_MUTANT"       // the number of the fault that is on
	envReach  = "AXESS_MUTANT_REACH" // a file that takes the number of each switch reached
)

const switchText = `package %s

import (
	mutantOS "os"
	mutantStrconv "strconv"
	mutantAtomic "sync/atomic"
)

var (
	mutantLive, _ = mutantStrconv.Atoi(mutantOS.Getenv("` + envMutant + `"))
	mutantReached = mutantOpen()
	mutantSeen    [%d]mutantAtomic.Bool
)

func mutantOpen() *mutantOS.File {
	name := mutantOS.Getenv("` + envReach + `")
	if name == "" {
		return nil
	}
	f, err := mutantOS.OpenFile(name, mutantOS.O_CREATE|mutantOS.O_APPEND|mutantOS.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return f
}

func mutantOn(id int) bool {
	if mutantReached != nil {
		mutantNote(id)
	}
	return id == mutantLive
}

func mutantNote(id int) {
	if mutantSeen[id].CompareAndSwap(false, true) {
		if _, err := mutantReached.WriteString(mutantStrconv.Itoa(id) + "\n"); err != nil {
			panic(err)
		}
	}
}

func mutantNil(id int, err error) error {
	if mutantOn(id) {
		return nil
	}
	return err
}

func mutantPick[T any](id int, is, other T) T {
	if mutantOn(id) {
		return other
	}
	return is
}
`

// Instrument finds the faults of a package, keeps those that type-check, and
// builds them in.
func Instrument(p *Package) (*Schema, error) {
	found := find(p)
	number(found)
	b := builder{pkg: p, switches: fmt.Sprintf(switchText, p.types.Name(), len(found)+1)}
	if err := b.check(nil); err != nil {
		return nil, fmt.Errorf("mutate: instrument %s: without any fault: %w", p.Name, err)
	}
	kept := b.keep(nil, found)
	number(kept)
	s := &Schema{Package: p, files: map[string]string{switchFile: fmt.Sprintf(switchText, p.types.Name(), len(found)+1)}}
	for _, c := range kept {
		s.Mutants = append(s.Mutants, c.Mutant)
	}
	for _, file := range p.files {
		text, err := b.text(file, kept)
		if err != nil {
			return nil, fmt.Errorf("mutate: instrument %s: %w", p.Name, err)
		}
		s.files[file.name] = text
	}
	return s, nil
}

// builder type-checks sets of faults.
type builder struct {
	pkg      *Package
	switches string // text of the file with the switches
}

// keep returns base and those of more that type-check together with it. It
// halves a set that does not, so that a few bad ones among many cost little.
func (b *builder) keep(base, more []*candidate) []*candidate {
	if len(more) == 0 {
		return base
	}
	both := slices.Concat(base, more)
	if b.check(both) == nil {
		return both
	}
	if len(more) == 1 {
		return base
	}
	half := len(more) / 2
	return b.keep(b.keep(base, more[:half]), more[half:])
}

// check type-checks the package with these faults built in.
func (b *builder) check(with []*candidate) error {
	var files []*ast.File
	for _, file := range b.pkg.files {
		text, err := b.text(file, with)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(b.pkg.fset, file.name, text, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		files = append(files, parsed)
	}
	parsed, err := parser.ParseFile(b.pkg.fset, switchFile, b.switches, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	_, err = (&types.Config{Importer: b.pkg.importer}).Check(b.pkg.Path, b.pkg.fset, append(files, parsed), nil)
	return err
}

func (b *builder) text(file *source, with []*candidate) (string, error) {
	var edits []edit
	for _, c := range with {
		if c.file == file {
			edits = append(edits, c.edits...)
		}
	}
	return render(file.text, edits)
}
