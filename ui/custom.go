package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Custom is what a program changes about the pages. The zero value changes
// nothing. All of it is checked by [NewRenderer], not when a page is asked for.
type Custom struct {
	// Templates replaces templates by file name: sign_in.html, brand.html, any
	// subset of what [Templates] holds, in the root of the file system. Each file
	// is checked as [Check] describes.
	Templates fs.FS
	// Theme changes colours, corners, font and logo.
	Theme Theme
	// HelpURL and PrivacyURL are links of the footer, TermsURL one of the sign-up
	// page: http(s) addresses or paths; left out when empty. They are the only
	// addresses elsewhere that a replaced template may link to.
	HelpURL, PrivacyURL, TermsURL string
	// Languages are the languages that pages and mails are offered in, as BCP 47
	// tags; the first is the default. Nil: "en", "de", and what Messages adds.
	//
	// Each is "en", "de", or has an entry in Messages. Two more exist for testing
	// layouts: "en-XA" is English with accents and 40 % longer, "ar-XB" runs from
	// right to left in letters that say nothing.
	Languages []string
	// Messages replace texts, by language and key. The keys and the arguments of
	// each are those of the English catalogue; a language has one entry per plural
	// form that CLDR gives it. A language that is not shipped has to be complete,
	// except that a regional one ("de-AT") starts from its parent. A kind of factor that
	// the program brings has texts of its own under "factor.custom:name." with title,
	// text and name, or else those of "factor.other.".
	Messages map[string]map[string]string
}

// ErrCustom is wrapped by every refusal that is about [Custom]. It wraps
// [ErrConfig].
var ErrCustom = fmt.Errorf("%w: Custom", ErrConfig)

// Templates returns the templates that the pages are made of, to read or to
// start own ones from. Six files are shared by all pages: base.html (the
// document), parts.html (fields, problems, notices), and the blocks head.html,
// brand.html, footer.html, account_nav.html. Every other file is one page and
// defines the template "main"; its model is the type of this package that the
// table in docs/pages.md names beside it.
func Templates() fs.FS {
	files, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		panic(err) // the name is a constant that fs.ValidPath accepts
	}
	return files
}

// Export writes the templates of [Templates] into a directory, which is made if
// it is missing. It overwrites nothing: a file that is there already is an error
// for which errors.Is(err, fs.ErrExist) is true.
func Export(dir string) error { return os.CopyFS(dir, Templates()) }

// Customized says in a line what differs from the shipped pages: theme, logo and
// templates by a hash of their content, and the links. Programs with equal lines
// show equal pages.
func (r *Renderer) Customized() string {
	c := r.binding.config.Custom
	var said []string
	if r.theme != "" {
		said = append(said, "theme="+shortHash(r.theme))
	}
	if l := r.binding.assets.logo; l != nil {
		said = append(said, path.Base(l.Path))
	}
	for _, link := range []struct{ name, to string }{{"help", c.HelpURL}, {"privacy", c.PrivacyURL}, {"terms", c.TermsURL}} {
		if link.to != "" {
			said = append(said, link.name+"="+link.to)
		}
	}
	said = append(said, r.replaced...)
	if len(said) == 0 {
		return "as shipped"
	}
	return strings.Join(said, " ")
}

// shortHash is what file names carry of a content.
func shortHash(content string) string {
	digest := sha256.Sum256([]byte(content))
	return hex.EncodeToString(digest[:6])
}
