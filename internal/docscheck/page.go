package docscheck

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// Page is one document, taken apart.
type Page struct {
	Path    string // relative to the root, with slashes
	Anchors map[string]bool
	Links   []Link
	Blocks  []Block
}

// Link is a link or a picture in the text of a page.
type Link struct {
	Line   int
	Text   string
	Target string
	Image  bool
}

// Block is a fenced block of a page.
type Block struct {
	Line int    // of its first line of content
	Info string // "go", "sh", "mermaid", …
	Text string
}

var (
	linkForm   = regexp.MustCompile(`(!?)\[([^\]\[]*(?:\[[^\]]*\][^\]\[]*)*)\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	codeSpan   = regexp.MustCompile("`[^`]*`")
	headingRow = regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*#*$`)
	anchorTag  = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	htmlLink   = regexp.MustCompile(`<(?:a|source) [^>]*\b(?:href|srcset)="([^"]+)"`)
	htmlImage  = regexp.MustCompile(`<img [^>]*>`)
	attribute  = regexp.MustCompile(`\b(src|alt)="([^"]*)"`)
)

// Read returns every Markdown page below root, and llms.txt, sorted by path.
// Hidden directories, test data and what package managers install are not ours.
func Read(root string) ([]Page, error) {
	var pages []Page
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); file != root && (strings.HasPrefix(n, ".") || n == "testdata" || n == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(file) != ".md" && d.Name() != "llms.txt" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		pages = append(pages, Parse(filepath.ToSlash(rel), string(text)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("docscheck: read: %w", err)
	}
	return pages, nil
}

// Parse takes one page apart. It knows the Markdown that this repository
// writes: fences of backquotes, headings with #, links on one line.
func Parse(path, text string) Page {
	p := Page{Path: path, Anchors: map[string]bool{}}
	var block *Block
	fence := ""
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if block != nil {
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, "`") == "" {
				p.Blocks = append(p.Blocks, *block)
				block = nil
				continue
			}
			block.Text += line + "\n"
			continue
		}
		if strings.HasPrefix(trimmed, "```") {
			info := strings.TrimLeft(trimmed, "`")
			fence = trimmed[:len(trimmed)-len(info)]
			block = &Block{Line: i + 2, Info: strings.TrimSpace(info)}
			continue
		}
		if h := headingRow.FindStringSubmatch(line); h != nil {
			p.addAnchor(anchor(h[2]))
		}
		for _, a := range anchorTag.FindAllStringSubmatch(line, -1) {
			p.Anchors[a[1]] = true
		}
		for _, m := range htmlLink.FindAllStringSubmatch(line, -1) {
			p.Links = append(p.Links, Link{Line: i + 1, Target: m[1]})
		}
		for _, tag := range htmlImage.FindAllString(line, -1) {
			l := Link{Line: i + 1, Image: true}
			for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
				if a[1] == "src" {
					l.Target = a[2]
				} else {
					l.Text = a[2]
				}
			}
			p.Links = append(p.Links, l)
		}
		for _, m := range linkForm.FindAllStringSubmatch(codeSpan.ReplaceAllStringFunc(line, blank), -1) {
			p.Links = append(p.Links, Link{Line: i + 1, Image: m[1] == "!", Text: m[2], Target: m[3]})
		}
	}
	if block != nil { // never closed: the rest of the page is code to a reader
		block.Info = "unclosed"
		p.Blocks = append(p.Blocks, *block)
	}
	return p
}

// blank keeps a code span from being taken for a link, and a link around one
// from being missed.
func blank(span string) string { return strings.Repeat("x", len(span)) }

func (p *Page) addAnchor(a string) {
	name := a
	for n := 1; p.Anchors[name]; n++ {
		name = fmt.Sprintf("%s-%d", a, n)
	}
	p.Anchors[name] = true
}

// anchor is the fragment that GitHub makes of a heading.
func anchor(heading string) string {
	heading = linkForm.ReplaceAllString(heading, "$2")
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}
