package rules

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const directive = "//axess:allow"

var ruleID = regexp.MustCompile(`^L[0-9]{2}$`)

// Allow checks the exceptions themselves. Whether one is needed at all is
// checked by the rule it names.
var Allow = &analysis.Analyzer{
	Name: "allow",
	Doc:  "every //axess:allow names a rule and gives a reason",
	Run: func(pass *analysis.Pass) (any, error) {
		for _, file := range pass.Files {
			for _, group := range file.Comments {
				for _, comment := range group.List {
					id, reason, ok := parseAllow(comment.Text)
					switch {
					case !ok:
					case !ruleID.MatchString(id):
						pass.Reportf(comment.Pos(), "write %s L01 and the reason", directive)
					case reason == "":
						pass.Reportf(comment.Pos(), "%s %s needs a reason", directive, id)
					}
				}
			}
		}
		return nil, nil
	},
}

func parseAllow(comment string) (id, reason string, ok bool) {
	rest, ok := strings.CutPrefix(comment, directive)
	if !ok {
		return "", "", false
	}
	rest, _, _ = strings.Cut(rest, "//")
	id, reason, _ = strings.Cut(strings.TrimSpace(rest), " ")
	return id, strings.TrimSpace(reason), true
}

// reporter reports findings of one rule in one file, but those that are allowed.
type reporter struct {
	pass   *analysis.Pass
	id     string
	allows []*allowance
}

type allowance struct {
	pos      token.Pos
	from, to int // lines
	used     bool
}

func newReporter(pass *analysis.Pass, id string, file *ast.File) *reporter {
	r := &reporter{pass: pass, id: id}
	var code map[int]bool
	for _, group := range file.Comments {
		for _, comment := range group.List {
			named, reason, ok := parseAllow(comment.Text)
			if !ok || named != id || reason == "" {
				continue
			}
			if code == nil {
				code = codeLines(pass.Fset, file)
			}
			line := pass.Fset.Position(comment.Pos()).Line
			a := &allowance{pos: comment.Pos(), from: line, to: line}
			if !code[line] {
				a.to = line + 1
			}
			r.allows = append(r.allows, a)
		}
	}
	return r
}

// codeLines tells a comment behind code, which allows its own line, from one
// that stands alone, which allows the next.
func codeLines(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup, *ast.File:
			return n != nil
		}
		lines[fset.Position(n.Pos()).Line] = true
		lines[fset.Position(n.End()).Line] = true
		return true
	})
	return lines
}

func (r *reporter) reportf(pos token.Pos, format string, args ...any) {
	line := r.pass.Fset.Position(pos).Line
	for _, a := range r.allows {
		if a.from <= line && line <= a.to {
			a.used = true
			return
		}
	}
	r.pass.Reportf(pos, r.id+": "+format, args...)
}

// done reports the exceptions that nothing needed: one left behind would allow
// whatever comes to stand there next.
func (r *reporter) done() {
	for _, a := range r.allows {
		if !a.used {
			r.pass.Reportf(a.pos, "%s: allows nothing here, remove it", r.id)
		}
	}
}
